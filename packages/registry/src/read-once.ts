import type { Stored } from "./stored.ts";

/**
 * Reads each record once: what is stored never changes, a record that was written again is another object. Forgets what
 * it read with the record.
 */
export function readOnce<T>(read: (stored: Stored) => T): (stored: Stored) => T {
  const known = new WeakMap<Stored, { readonly seen: T }>();
  return (stored) => {
    const seen = known.get(stored);
    if (seen !== undefined) return seen.seen;
    const first = { seen: read(stored) };
    known.set(stored, first);
    return first.seen;
  };
}
