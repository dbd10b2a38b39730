import {
  claimsPrefixOf,
  endpointsPrefix,
  endpointsPrefixOf,
  nodesPrefix,
  ordinaryProxies,
  rejectionsPrefixOf,
  settingsPrefix,
  waitsPrefix,
} from "@fairway/contract";
import type { ScopeItem } from "@fairway/contract";
import { type Selector } from "@fairway/registry";

/** What a proxy subscribes to. */
export type Scope = {
  readonly selectors: readonly Selector[];
  /** Prefixes of the endpoints in scope, sorted, as the proxy's record tells them. */
  readonly prefixes: readonly string[];
  /**
   * Where the host ports of the node are that the proxy stands on; in a network of its own those of its container;
   * undefined: the addon tells these.
   */
  readonly hostPorts: string | undefined;
};

/**
 * The own project, and what ADDITIONAL_SERVICES adds: exactly the named services, or everything. Claims are seen
 * whatever the scope is, by one watch: who sees one has seen every older one. So are what operators set and who
 * waits. `hostPorts`: as in {@link Scope}.
 */
export function scopeOf(project: string, items: readonly ScopeItem[], hostPorts: string | undefined): Scope {
  const prefixes = prefixesOf(project, items);
  const own = hostPorts === undefined ? [] : [hostPorts];
  const watched = [...prefixes, ...own, claimsPrefixOf(ordinaryProxies), nodesPrefix, settingsPrefix, waitsPrefix];
  return { prefixes, hostPorts, selectors: watched.map((prefix) => ({ prefix })) };
}

/** What a load balancer subscribes to: its own claims, and every endpoint that may have one. */
export function balancerScopeOf(balancer: string, hostPorts: string | undefined): Scope {
  const own = hostPorts === undefined ? [] : [hostPorts];
  const watched = [endpointsPrefix, ...own, claimsPrefixOf(balancer), nodesPrefix, settingsPrefix, waitsPrefix];
  return { prefixes: [endpointsPrefix], hostPorts, selectors: watched.map((prefix) => ({ prefix })) };
}

/** Also what the registrar of the node refuses that the proxy stands on, for its journal. */
export function withRejections(scope: Scope, node: string): Scope {
  return { ...scope, selectors: [...scope.selectors, { prefix: rejectionsPrefixOf(node) }] };
}

function prefixesOf(project: string, items: readonly ScopeItem[]): readonly string[] {
  if (items.includes("*")) return [endpointsPrefix];
  const others = items.filter((item) => item !== "*").filter((item) => item.project !== project);
  const services = others.map((item) => endpointsPrefixOf(item.project, item.service));
  return [...new Set([endpointsPrefixOf(project), ...services])].sort();
}
