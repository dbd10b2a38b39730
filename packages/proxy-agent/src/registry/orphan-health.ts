import type { Listener } from "@fairway/haproxy";

/** What HAProxy tells of one server's health check. */
export type ServerHealth = { readonly listener: number; readonly name: string; readonly isDown: boolean };

/** The orphans whose check fails: every server that HAProxy tells of is down, and there is one. */
export function failingOrphans(
  orphans: ReadonlySet<string>,
  listeners: readonly Listener[],
  health: readonly ServerHealth[],
): readonly string[] {
  const isDown = new Map(health.map((each) => [`${each.listener}/${each.name}`, each.isDown]));
  const told = new Map<string, readonly boolean[]>();
  for (const { port, servers } of listeners) {
    for (const { name, endpoint } of servers.filter((server) => orphans.has(server.endpoint))) {
      const down = isDown.get(`${port}/${name}`);
      if (down !== undefined) told.set(endpoint, [...(told.get(endpoint) ?? []), down]);
    }
  }
  return [...told].filter(([, downs]) => downs.every(Boolean)).map(([endpoint]) => endpoint);
}
