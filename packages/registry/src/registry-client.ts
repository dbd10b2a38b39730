import type { Change, KeySpan, Listing, SeenWrite, Selector } from "./stored.ts";

/** What must hold for a transaction to be carried out. */
export type Compare =
  /** The key was last changed at this revision; 0: it does not exist. */
  | { readonly key: string; readonly modRevision: bigint }
  /** The key stands under this lease. */
  | { readonly key: string; readonly lease: string }
  /** No key that begins with this was put after a revision. */
  | { readonly prefix: string; readonly unchangedSince: bigint };

/** One write of a transaction. No key may occur twice in one transaction. */
export type Operation =
  | { readonly type: "put"; readonly key: string; readonly value: string; readonly lease?: string | undefined }
  /**
   * Put without a lease when the key does not exist; one that stands under a lease is taken off it, and keeps its value
   * and its create revision. Never makes the transaction fail.
   */
  | { readonly type: "create"; readonly key: string; readonly value: string }
  /** Puts an existing key, as it is, under a lease. */
  | { readonly type: "lease"; readonly key: string; readonly lease: string }
  | { readonly type: "delete"; readonly key: string };

/** False: a compare did not hold, and nothing was written. */
export type TransactionOutcome = { readonly succeeded: boolean; readonly revision: bigint };

/** etcd does not take a request for what it is: too large, or not valid. The same request never succeeds. */
export class RefusedRequest extends Error {
  override readonly name = "RefusedRequest";
}

/** etcd's roles do not let this user do what was asked. */
export class DeniedRequest extends Error {
  override readonly name = "DeniedRequest";
}

/** etcd has compacted its history past the revision that was asked for. */
export class CompactedRevision extends Error {
  override readonly name = "CompactedRevision";
}

const mostBegins = 3;

/** Reads in pages at one revision, from the beginning again when a compaction overtakes it. */
export async function beginAgainIfCompacted<T>(read: () => Promise<T>): Promise<T> {
  for (let begun = 1; ; begun += 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof CompactedRevision) || begun === mostBegins) throw error;
    }
  }
}

/** etcd did not answer in time: it has too much to do, or is cut off. */
export class LateAnswer extends Error {
  override readonly name = "LateAnswer";
}

/** How long a lease holds from now on, in milliseconds; 0: it is gone. */
export type LeaseTtlMs = number;

export type LeaseRenewal = { readonly ttlMs: LeaseTtlMs; readonly revision: bigint };

/** Where a page begins, and how long it may be. */
export type PageStart = {
  /** The last key of the page before; undefined: the first page. */
  readonly after?: string | undefined;
  /** Of the first page, so that all are of one moment; undefined: as it is now. */
  readonly revision?: bigint | undefined;
  readonly limit: number;
};

/** What a survey tells beside the number of keys. */
export type SurveyedAt = {
  /** Keys written after this revision are named; 0: all. */
  readonly since: bigint;
  /** Of an earlier survey, so that all are of one moment; undefined: as it is now. */
  readonly revision?: bigint | undefined;
};

/** What a span holds: how many keys, and those of them that were written after a revision. */
export type SurveyedSpan = { readonly count: number; readonly written: readonly SeenWrite[] };

/** What some spans hold, at one revision. */
export type Survey = { readonly revision: bigint; readonly spans: readonly SurveyedSpan[] };

/** What an open watch tells. `onEnd` comes once and last. */
export type WatchHandlers = {
  /** Every selector is watched from the asked revision on. */
  readonly onOpen: () => void;
  /** Changes of one answer of etcd; may come before `onOpen`. */
  readonly onChanges: (revision: bigint, changes: readonly Change[]) => void;
  /** The watch is over; what was not told by now never will be. */
  readonly onEnd: (reason: string) => void;
};

/**
 * etcd, as this project uses it. Keys are relative to the prefix; leases are hexadecimal as etcdctl prints them.
 * Every method rejects when the registry does not answer in time (5 s; a page of a list 10 s): an answer is never made up.
 */
export type RegistryClient = {
  /** Everything below prefixes and at keys, in pages at one revision. */
  readonly list: (selectors: readonly Selector[]) => Promise<Listing>;
  /** The next keys below a prefix in order, `limit` at most: fewer mean that these are the last. */
  readonly page: (prefix: string, from: PageStart) => Promise<Listing>;
  /** What at most 100 spans hold, without any values. Rejects with CompactedRevision. */
  readonly survey: (spans: readonly KeySpan[], at: SurveyedAt) => Promise<Survey>;
  /**
   * The named keys, as fresh as etcd has them, and a revision that none of them was read before; or as they were at a
   * revision. Rejects with CompactedRevision.
   */
  readonly get: (keys: readonly string[], revision?: bigint) => Promise<Listing>;
  /** Whether its history has a write; undefined: it no longer goes back that far. */
  readonly wasWritten: (seen: SeenWrite) => Promise<boolean | undefined>;
  /** How many keys each prefix holds. */
  readonly count: (prefixes: readonly string[]) => Promise<readonly number[]>;
  /** All operations or, when a compare does not hold, none. At most 100 of either. Rejects with RefusedRequest for what etcd never takes. */
  readonly transact: (compares: readonly Compare[], operations: readonly Operation[]) => Promise<TransactionOutcome>;
  /** A new lease; etcd may grant a longer time than asked. */
  readonly grantLease: (ttlMs: number) => Promise<{ readonly lease: string; readonly ttlMs: LeaseTtlMs }>;
  /** Renews a lease once. The revision is one that the registry had reached by then. */
  readonly keepAliveOnce: (lease: string, deadlineMs: number) => Promise<LeaseRenewal>;
  /** Deletes a lease and the keys under it; one that is gone already is no error. */
  readonly revokeLease: (lease: string) => Promise<void>;
  /** Keys under a lease that begin with our prefix; undefined when there is no such lease. */
  readonly keysOfLease: (lease: string) => Promise<readonly string[] | undefined>;
  /** How long a lease still holds, in whole seconds, and for how long it was granted; undefined: there is none. */
  readonly timeOfLease: (
    lease: string,
  ) => Promise<{ readonly remainingMs: number; readonly grantedMs: LeaseTtlMs } | undefined>;
  /** The version of the member of etcd that is asked, such as `3.5.30`. */
  readonly version: () => Promise<string>;
  /** Watches from a revision on. The answer ends the watch, without `onEnd`. */
  readonly watch: (selectors: readonly Selector[], fromRevision: bigint, handlers: WatchHandlers) => () => void;
  /** Ends all watches, then the connections. */
  readonly close: () => void;
};
