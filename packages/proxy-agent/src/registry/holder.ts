import { claimKey, type FrontParts, joinKey, ordinaryProxies, shown } from "@fairway/contract";

/** Who claims a front port or has endpoints there: on the ordinary proxies a project, on a load balancer one service of it. */
export type Holder = { readonly project: string; readonly service?: string | undefined };

/** Who asks for a front port with an endpoint; `balancer`: the load balancer that this proxy is, or `*`. */
export function holderOf({ project, service }: Required<Holder>, balancer: string): Holder {
  return balancer === ordinaryProxies ? { project } : { project, service };
}

/** One text for one holder. */
export function holderKey({ project, service }: Holder): string {
  return service === undefined ? joinKey(project) : joinKey(project, service);
}

/** The key of a holder's claim on a front port. */
export function portClaimKey(balancer: string, { port, name, project, service }: Holder & FrontParts): string {
  return claimKey({ balancer, project, service, port, name });
}

/** A holder as sentences name it; safe to show. */
export function holderWords({ project, service }: Holder): string {
  return service === undefined ? `project ${shown(project)}` : `service ${shown(`${project}/${service}`)}`;
}
