import { type EndpointKey, endpointsPrefixOf, isBalancerName, joinKey, parseKey, parsePort } from "./keys.ts";
import type { EndpointRecord } from "./records.ts";

/** Stands for the ordinary proxies where a claim names a load balancer. */
export const ordinaryProxies = "*";

/**
 * Who asked for a front port. On the ordinary proxies a port is a whole project's: below `claims/`, `*` and the project.
 * On a load balancer it is one service's: `claims/<balancer>/<project>/<service>/<front port>`.
 */
export type Claim = {
  /** Name of a load balancer, which has no `*`, `,` or `/`; else {@link ordinaryProxies}. */
  readonly balancer: string;
  readonly project: string;
  /** Undefined on the ordinary proxies. */
  readonly service: string | undefined;
  /** Front port, 1–65535. */
  readonly port: number;
  /** One of several names on that port, written `<front port>,<name>`; undefined: the port itself. */
  readonly name: string | undefined;
};

export const claimsPrefix = "claims/";

/** The claims on the ordinary proxies, or on a load balancer. Ends in `/`. */
export function claimsPrefixOf(balancer: string): string {
  return `${claimsPrefix}${joinKey(balancer)}/`;
}

export function claimKey({ balancer, project, service, port, name }: Claim): string {
  const holder = service === undefined ? [project] : [project, service];
  const last = name === undefined ? String(port) : `${port},${name}`;
  return claimsPrefixOf(balancer) + joinKey(...holder, last);
}

/** Reads a claim's key; undefined when it is not one, or not as {@link claimKey} writes it: a claim has one key. */
export function parseClaimKey(key: string): Claim | undefined {
  const [balancer = "", project = "", ...rest] = parseKey(claimsPrefix, key);
  const service = balancer === ordinaryProxies ? undefined : rest.shift();
  const [last = "", more] = rest;
  const [, port, , name] = /^([0-9]+)(,(.+))?$/s.exec(last) ?? [];
  const number = parsePort(port);
  const isNamed = balancer === ordinaryProxies || (isBalancerName(balancer) && Boolean(service));
  if (!isNamed || !project || number === undefined || more !== undefined) return undefined;
  const claim = { balancer, project, service, port: number, name };
  return claimKey(claim) === key ? claim : undefined;
}

/** Where the endpoints of a claim's holder stand: its project's, or its service's. Ends in `/`. */
export function endpointsPrefixOfHolder({ project, service }: Pick<Claim, "project" | "service">): string {
  return endpointsPrefixOf(project, service);
}

/** The front ports that an endpoint asks for, each once. */
export function claimsOfEndpoint(
  { project, service }: Pick<EndpointKey, "project" | "service">,
  { listen, claims }: Pick<EndpointRecord, "listen" | "claims">,
): readonly Claim[] {
  const asked = [
    ...listen.map(({ port }) => ({ balancer: ordinaryProxies, project, service: undefined, port, name: undefined })),
    ...claims.map(({ balancer, port }) => ({ balancer, project, service, port, name: undefined })),
  ];
  return [...new Map(asked.map((claim) => [claimKey(claim), claim])).values()];
}
