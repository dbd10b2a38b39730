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

/** Who holds claims, and on which proxies. */
export type ClaimHolder = Pick<Claim, "balancer" | "project" | "service">;

export const claimsPrefix = "claims/";

/** The claims on the ordinary proxies, or on a load balancer. Ends in `/`. */
export function claimsPrefixOf(balancer: string): string {
  return `${claimsPrefix}${joinKey(balancer)}/`;
}

/** The claims of one holder: a project on the ordinary proxies, a service on a load balancer. Ends in `/`. */
export function claimsPrefixOfHolder({ balancer, project, service }: ClaimHolder): string {
  return `${claimsPrefixOf(balancer)}${service === undefined ? joinKey(project) : joinKey(project, service)}/`;
}

export function claimKey({ port, name, ...holder }: Claim): string {
  return claimsPrefixOfHolder(holder) + joinKey(name === undefined ? String(port) : `${port},${name}`);
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

/** A front port as people write it: `6379`, `443,a.example.com`, `6379@proxy_test`. Not safe to show. */
export function portName({ port, name, balancer }: Pick<Claim, "port" | "name" | "balancer">): string {
  const named = name === undefined ? String(port) : `${port},${name}`;
  return balancer === ordinaryProxies ? named : `${named}@${balancer}`;
}

/** A project, or on a load balancer `project/service`. Not safe to show. */
export function holderName({ project, service }: Pick<ClaimHolder, "project" | "service">): string {
  return service === undefined ? project : `${project}/${service}`;
}

/** Where the endpoints of a holder stand: its project's, or its service's. Ends in `/`. */
export function endpointsPrefixOfHolder({ project, service }: Pick<ClaimHolder, "project" | "service">): string {
  return endpointsPrefixOf(project, service);
}

/** The front ports that an endpoint asks for, each once. */
export function claimsOfEndpoint(
  { project, service }: Pick<EndpointKey, "project" | "service">,
  { listen, named = [], claims }: Pick<EndpointRecord, "listen" | "named" | "claims">,
): readonly Claim[] {
  const ordinary = { balancer: ordinaryProxies, project, service: undefined };
  const asked = [
    ...listen.map(({ port }) => ({ ...ordinary, port, name: undefined })),
    ...named.flatMap(({ port, names }) => names.map((name) => ({ ...ordinary, port, name }))),
    ...claims.map(({ balancer, port }) => ({ balancer, project, service, port, name: undefined })),
  ];
  return [...new Map(asked.map((claim) => [claimKey(claim), claim])).values()];
}
