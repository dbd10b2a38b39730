import type { Server } from "./desired.ts";

/**
 * Servers by name, in the order of code units. `before` is an earlier answer: what stands there already is not sorted
 * again, so that one server more among thousands costs little. The answer never depends on it.
 */
export function sortServers(servers: readonly Server[], before: readonly Server[] = []): readonly Server[] {
  const fresh = new Set(servers);
  const kept = before.filter((server) => fresh.delete(server));
  return merged(kept, sortedAnew([...fresh]));
}

/** The default order of texts is that of code units, and much faster than any function of ours. */
function sortedAnew(servers: readonly Server[]): readonly Server[] {
  const byName = new Map(servers.map((server) => [server.name, server]));
  return [...byName.keys()].sort().flatMap((name) => byName.get(name) ?? []);
}

function merged(one: readonly Server[], other: readonly Server[]): readonly Server[] {
  if (one.length === 0) return other;
  const all: Server[] = [];
  let at = 0;
  for (const server of other) {
    for (let next = one[at]; next !== undefined && next.name < server.name; next = one[at]) {
      all.push(next);
      at += 1;
    }
    all.push(server);
  }
  for (const server of one.slice(at)) all.push(server);
  return all;
}
