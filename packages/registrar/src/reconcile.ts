/** Keys and values of records. */
export type Records = ReadonlyMap<string, string>;

/** Changed keys with their new values; undefined: to be deleted. */
export type Changes = ReadonlyMap<string, string | undefined>;

/**
 * The smallest set of puts and deletes that turns `held` into `wanted`, sorted by key.
 * Records that differ only in when they were reported are equal.
 */
export function reconcile(wanted: Records, held: Records): Changes {
  const changed = [...wanted].filter(([key, value]) => !isSameRecord(value, held.get(key)));
  const gone = [...held.keys()].filter((key) => !wanted.has(key)).map((key) => [key, undefined] as const);
  return new Map([...changed, ...gone].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is held after changes were made. */
export function applied(held: Records, changes: Changes): Records {
  const after = new Map(held);
  for (const [key, value] of changes) {
    if (value === undefined) after.delete(key);
    else after.set(key, value);
  }
  return after;
}

function isSameRecord(a: string, b: string | undefined): boolean {
  return b !== undefined && (a === b || withoutTime(a) === withoutTime(b));
}

/** Both sides are this program's own JSON, written field by field in one order. */
function withoutTime(value: string): string {
  return value.replace(/"reportedAt":"[^"]*"}$/, "}");
}
