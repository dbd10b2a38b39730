/** A service record, and how many endpoints its service has. */
export type ServiceLook = {
  /** Of the service record. */
  readonly key: string;
  /** Of the service record: another one means that it was removed and created anew. */
  readonly modRevision: bigint;
  readonly endpoints: number;
};

/** Since when each service has been seen empty at every look, by key of its record. */
export type EmptySince = ReadonlyMap<string, { readonly modRevision: bigint; readonly sinceMs: number }>;

/** Takes in one look at all service records. A service that has endpoints, or a new record, starts anew. */
export function noteEmptiness(before: EmptySince, looks: readonly ServiceLook[], nowMs: number): EmptySince {
  const empty = looks.filter(({ endpoints }) => endpoints === 0);
  return new Map(
    empty.map(({ key, modRevision }) => {
      const known = before.get(key);
      const sinceMs = known?.modRevision === modRevision ? known.sinceMs : nowMs;
      return [key, { modRevision, sinceMs }];
    }),
  );
}

/** The service records that have been empty through a time, in the order of their keys. */
export function emptyThrough(
  emptySince: EmptySince,
  graceMs: number,
  nowMs: number,
): readonly { readonly key: string; readonly modRevision: bigint }[] {
  return [...emptySince]
    .filter(([, { sinceMs }]) => nowMs - sinceMs >= graceMs)
    .map(([key, { modRevision }]) => ({ key, modRevision }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
