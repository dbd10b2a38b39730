import type { AgentState } from "../../src/status/agent-state.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { decide, facts, sections } from "../facts.ts";
import { bridge, deleted, given, keyOf } from "../given.ts";

/** Two servers in one listener, one of them an orphan; another endpoint that cannot be reached. */
export function state(changed: Partial<AgentState> = {}): AgentState {
  const records = given()
    .service("shop", "db")
    .endpoint({ container: "a" })
    .endpoint({ container: "b", addresses: [bridge("172.17.0.3")] })
    .endpoint({ container: "far", node: "node-2" });
  const cache = new RegistryCache();
  cache.onEvent(records.listed(), 0);
  const orphan = keyOf({ project: "shop", service: "db" }, { container: "b" });
  cache.onEvent(deleted(9n, orphan), 0);
  cache.settle(cache.missing.due(0), { revision: 9n, stored: [] }, { now: 0 });
  const { listeners, rejections } = decide(records);
  return {
    version: "0.1.0",
    proxy: "proxy",
    node: { node: "node-1", nodeNamedBy: "NODE_NAME" },
    addon: undefined,
    vantage: facts.vantage,
    facts,
    scope: ["endpoints/"],
    balancer: "*",
    cache,
    desired: { sections, listeners },
    rejections,
    ownerOf: () => undefined,
    refusals: [],
    leftOut: [],
    owed: [],
    waiting: [],
    leaving: 1,
    appliedRevision: 9n,
    appliedAt: "2026-11-22T08:00:00.000Z",
    haproxy: { version: "2.6.12", pid: 7 },
    api: undefined,
    lastError: undefined,
    certificateEnds: [],
    notes: [],
    ...changed,
  };
}
