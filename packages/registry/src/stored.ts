/** One key of the registry as etcd stores it. Keys are relative to the prefix. */
export type Stored = {
  readonly key: string;
  readonly value: string;
  readonly createRevision: bigint;
  readonly modRevision: bigint;
  /** Hexadecimal as etcdctl prints it; undefined without a lease. */
  readonly lease: string | undefined;
};

/** A record that is known without its revisions and its lease, such as one of a journal. */
export function withoutRevisions({ key, value }: Pick<Stored, "key" | "value">): Stored {
  return { key, value, createRevision: 0n, modRevision: 0n, lease: undefined };
}

/** What to read or watch: every key below a prefix (ends in `/`), or one key. */
export type Selector = { readonly prefix: string } | { readonly key: string };

/** A write that was seen: a key, the revision at which it got its value, and its lease if that is known. */
export type SeenWrite = Pick<Stored, "key" | "modRevision"> & Partial<Pick<Stored, "lease">>;

/** The keys from one up to another, which is not among them; in the order of their bytes. */
export type KeySpan = { readonly from: string; readonly to: string };

/** Everything that some selectors hold, at one revision. */
export type Listing = { readonly revision: bigint; readonly stored: readonly Stored[] };

/** One change that a watch told. */
export type Change =
  | { readonly type: "put"; readonly stored: Stored }
  | { readonly type: "delete"; readonly key: string; readonly modRevision: bigint };

/** What a subscription tells, in order. */
export type SubscriptionEvent =
  /**
   * A session began: the whole truth at one revision. What is not in it does not exist. `hasForgotten`: the registry
   * knows nothing of a write that was seen, so it was restored from a backup or is another one.
   */
  | { readonly type: "listed"; readonly listing: Listing; readonly hasForgotten?: boolean }
  /**
   * What was told so far was compared with the registry at one revision: with these changes it is the whole truth there.
   * Comes after a `listed`, at the periodic look or as a session begins.
   */
  | { readonly type: "compared"; readonly revision: bigint; readonly changes: readonly Change[] }
  /** The watch told of changes; several selectors' changes come in no order among each other. */
  | { readonly type: "changed"; readonly revision: bigint; readonly changes: readonly Change[] }
  /** The session ended; what was seen stays true as far as anyone knows. A `listed` or `compared` follows when the registry answers. */
  | { readonly type: "lost"; readonly reason: string };
