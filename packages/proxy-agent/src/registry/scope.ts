import { claimsPrefixOf, endpointsPrefix, endpointsPrefixOf, nodesPrefix, ordinaryProxies } from "@fairway/contract";
import type { ScopeItem } from "@fairway/contract";
import { type Selector } from "@fairway/registry";

/** What a proxy subscribes to. */
export type Scope = {
  readonly selectors: readonly Selector[];
  /** Prefixes of the endpoints in scope, sorted, as the proxy's record tells them. */
  readonly prefixes: readonly string[];
};

/**
 * The own project, and what ADDITIONAL_SERVICES adds: exactly the named services, or everything. Claims are seen
 * whatever the scope is, by one watch: who sees one has seen every older one.
 */
export function scopeOf(project: string, items: readonly ScopeItem[]): Scope {
  const prefixes = prefixesOf(project, items);
  const watched = [...prefixes, claimsPrefixOf(ordinaryProxies), nodesPrefix];
  return { prefixes, selectors: watched.map((prefix) => ({ prefix })) };
}

function prefixesOf(project: string, items: readonly ScopeItem[]): readonly string[] {
  if (items.includes("*")) return [endpointsPrefix];
  const others = items.filter((item) => item !== "*").filter((item) => item.project !== project);
  const services = others.map((item) => endpointsPrefixOf(item.project, item.service));
  return [...new Set([endpointsPrefixOf(project), ...services])].sort();
}
