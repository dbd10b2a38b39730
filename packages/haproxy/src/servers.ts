import type { Front } from "@fairway/contract";

/** Something with a name: a server as it is desired, or as HAProxy has it. */
export type Named = { readonly name: string };

/**
 * Servers sorted by name in the order of code units, each name once. A value: a change gives a new one that shares all
 * servers that did not change, so that {@link diffServers} passes over them without looking inside.
 */
export type SortedServers<T extends Named> = readonly T[];

/** Sorts servers; of two with the same name the later one counts. */
export function sortServers<T extends Named>(servers: Iterable<T>): SortedServers<T> {
  const byName = new Map<string, T>();
  for (const server of servers) byName.set(server.name, server);
  // The default order of texts is that of code units, and much faster than any function of ours.
  return [...byName.keys()].sort().flatMap((name) => byName.get(name) ?? []);
}

/** The server of that name. */
export function findServer<T extends Named>(servers: SortedServers<T>, name: string): T | undefined {
  const server = servers[indexOfName(servers, name)];
  return server?.name === name ? server : undefined;
}

/** Where that name stands, or would stand: the first server that does not come before it. */
export function indexOfName(servers: SortedServers<Named>, name: string): number {
  let [from, to] = [0, servers.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((servers[middle]?.name ?? "") < name) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Takes servers in, in place of those with their names, and lets go of names. */
export function changeServers<T extends Named>(
  servers: SortedServers<T>,
  { put = [], remove = [] }: { readonly put?: Iterable<T>; readonly remove?: Iterable<string> },
): SortedServers<T> {
  const changes = new Map<string, T | undefined>();
  for (const name of remove) changes.set(name, undefined);
  for (const server of put) changes.set(server.name, server);
  const changed: T[] = [];
  let from = 0;
  for (const name of [...changes.keys()].sort()) {
    const at = indexOfName(servers, name);
    for (const kept of servers.slice(from, at)) changed.push(kept);
    const server = changes.get(name);
    if (server) changed.push(server);
    from = servers[at]?.name === name ? at + 1 : at;
  }
  for (const kept of servers.slice(from)) changed.push(kept);
  return changed;
}

/** A name on which two lists do not agree, and what each has there. */
export type Difference<A, B> =
  | { readonly left: A; readonly right: B }
  | { readonly left: A; readonly right?: undefined }
  | { readonly left?: undefined; readonly right: B };

/** What stands in one of two lists alone, and the pairs of one name that are not one object; in the order of names. */
export function diffServers<A extends Named, B extends Named>(
  left: SortedServers<A>,
  right: SortedServers<B>,
): readonly Difference<A, B>[] {
  const found: Difference<A, B>[] = [];
  let [l, r] = [0, 0];
  for (;;) {
    while (l < left.length && isSame(left[l], right[r])) {
      l += 1;
      r += 1;
    }
    const a = left[l];
    const b = right[r];
    if (!a && !b) return found;
    const order = orderOf(a, b);
    if (order <= 0) l += 1;
    if (order >= 0) r += 1;
    if (a && order <= 0) found.push(b && order === 0 ? { left: a, right: b } : { left: a });
    else if (b) found.push({ right: b });
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b;
}

/** One that is not there comes last. */
function orderOf(a: Named | undefined, b: Named | undefined): number {
  if (!a || !b) return a ? -1 : 1;
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

/** Groups things by their listener; in their order. */
export function byListener<T extends { readonly listener: Front }>(all: Iterable<T>): ReadonlyMap<Front, readonly T[]> {
  const groups = new Map<Front, T[]>();
  for (const each of all) {
    const group = groups.get(each.listener);
    if (group) group.push(each);
    else groups.set(each.listener, [each]);
  }
  return groups;
}
