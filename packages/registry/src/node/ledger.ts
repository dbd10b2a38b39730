import type { Operation } from "../registry-client.ts";
import { nextBatch } from "./write-batch.ts";

/** What a node wants in the registry beside what it holds there, and the writes between the two. */
export type Ledger = {
  /** Later values win; undefined takes a record away. */
  readonly want: (changes: ReadonlyMap<string, string | undefined>) => void;
  /** What the registry holds was read back; values that must be written again are undefined. */
  readonly adopt: (held: ReadonlyMap<string, string | undefined>) => void;
  /** The next writes under this lease; empty when the registry holds what is wanted. */
  readonly next: (lease: string) => readonly Operation[];
  /** These writes were carried out. */
  readonly written: (operations: readonly Operation[]) => void;
  /** How many records are wanted. */
  readonly size: () => number;
};

export function createLedger(wantedAtFirst: ReadonlyMap<string, string>): Ledger {
  const wanted = new Map(wantedAtFirst);
  let held: Map<string, string | undefined> = new Map();
  let open = new Set(wanted.keys());
  return {
    want: (changes) => {
      for (const [key, value] of changes) {
        if (value === undefined) wanted.delete(key);
        else wanted.set(key, value);
        open.add(key);
      }
    },
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
