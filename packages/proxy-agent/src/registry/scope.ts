import { z } from "zod";
import {
  endpointsPrefix,
  endpointsPrefixOf,
  nodesPrefix,
  serviceKey,
  servicesPrefix,
  servicesPrefixOf,
  type ServiceName,
} from "@fairway/contract";
import { type Selector } from "@fairway/registry";

/** One item of ADDITIONAL_SERVICES: everything, or one service of one project. */
export type ScopeItem = "*" | ServiceName;

/** Reads `*` or `project:service`; spaces around the names do not count. */
export const scopeItem: z.ZodType<ScopeItem, string> = z
  .string()
  .transform((text) => text.split(":").map((part) => part.trim()))
  .refine((parts) => (parts.length === 1 && parts[0] === "*") || (parts.length === 2 && parts.every(isName)))
  .transform(([project = "", service]) => (service === undefined ? "*" : { project, service }))
  .describe("* (everything, it stands alone) or project:service");

function isName(text: string): boolean {
  return text !== "" && !/[*\p{Cc}]/u.test(text);
}

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
