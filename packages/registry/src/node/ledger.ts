import type { Operation } from "../registry-client.ts";
import { nextBatch } from "./write-batch.ts";

/** Keys of records with their new values; undefined: no record. */
export type RecordChanges = ReadonlyMap<string, string | undefined>;

/** What a node wants in the registry beside what it holds there, and the writes between the two. */
export type Ledger = {
  /** Later values win; undefined takes a record away. Answers what differs from what was wanted before, sorted by key. */
  readonly want: (changes: RecordChanges) => RecordChanges;
  /** What is wanted at a key. */
  readonly wanted: (key: string) => string | undefined;
  /** What the registry holds was read back; values that must be written again are undefined. */
  readonly adopt: (held: ReadonlyMap<string, string | undefined>) => void;
  /** The next writes under this lease; empty when the registry holds what is wanted. */
  readonly next: (lease: string) => readonly Operation[];
  /** These writes were carried out. */
  readonly written: (operations: readonly Operation[]) => void;
  /** How many records are wanted. */
  readonly size: () => number;
};

export function createLedger(): Ledger {
  const wanted = new Map<string, string>();
  let held: Map<string, string | undefined> = new Map();
  let open = new Set<string>();
  return {
    want: (changes) => {
      const differing = [...changes].filter(([key, value]) => !isSameRecord(value, wanted.get(key)));
      differing.sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [key, value] of differing) {
        if (value === undefined) wanted.delete(key);
        else wanted.set(key, value);
        open.add(key);
      }
      return new Map(differing);
    },
    wanted: (key) => wanted.get(key),
    adopt: (read) => {
      // What is as wanted is kept once, not also as it was read.
      held = new Map([...read].map(([key, value]) => [key, value === wanted.get(key) ? wanted.get(key) : value]));
      open = new Set([...wanted.keys(), ...held.keys()].sort());
    },
    next: (lease) => {
      const operations = nextBatch({ keys: open, wanted, held, lease });
      if (operations.length === 0) open.clear();
      return operations;
    },
    written: (operations) => {
      for (const operation of operations) {
        if (operation.type === "delete") held.delete(operation.key);
        if (operation.type === "put") held.set(operation.key, operation.value);
        if (operation.type !== "create" && wanted.get(operation.key) === held.get(operation.key))
          open.delete(operation.key);
      }
    },
    size: () => wanted.size,
  };
}

/** Records that differ only in when they were reported are equal: nothing is written for a new report of the same. */
function isSameRecord(a: string | undefined, b: string | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && withoutTime(a) === withoutTime(b));
}

/** Both sides are one program's JSON, written field by field in one order. */
function withoutTime(value: string): string {
  return value.replace(/"reportedAt":"[^"]*"}$/, "}");
}
