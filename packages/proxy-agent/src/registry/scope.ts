import {
  endpointsPrefix,
  endpointsPrefixOf,
  nodesPrefix,
  serviceKey,
  servicesPrefix,
  servicesPrefixOf,
  type ScopeItem,
} from "@fairway/contract";
import { type Selector } from "@fairway/registry";

/** What a proxy subscribes to. */
export type Scope = {
  readonly selectors: readonly Selector[];
  /** Prefixes of the endpoints in scope, sorted, as the proxy's record tells them. */
  readonly prefixes: readonly string[];
};

/** The own project, and what ADDITIONAL_SERVICES adds: exactly the named services, or everything. */
export function scopeOf(project: string, items: readonly ScopeItem[]): Scope {
  if (items.includes("*")) return scope([endpointsPrefix], [{ prefix: servicesPrefix }]);
  const others = items.filter((item) => item !== "*").filter((item) => item.project !== project);
  const keys = new Set(others.map(serviceKey));
  return scope(
    [endpointsPrefixOf(project), ...new Set(others.map((item) => endpointsPrefixOf(item.project, item.service)))],
    [{ prefix: servicesPrefixOf(project) }, ...[...keys].sort().map((key) => ({ key }))],
  );
}

function scope(prefixes: readonly string[], services: readonly Selector[]): Scope {
  const sorted = [...prefixes].sort();
  return {
    prefixes: sorted,
    selectors: [...sorted.map((prefix) => ({ prefix })), ...services, { prefix: nodesPrefix }],
  };
}
