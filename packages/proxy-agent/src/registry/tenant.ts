import { claimKey, joinKey, ordinaryProxies, shown } from "@fairway/contract";

/** Who may hold a front port: on the ordinary proxies a project, on a load balancer one service of it. */
export type Tenant = { readonly project: string; readonly service?: string | undefined };

/** Who asks for a front port with an endpoint; `balancer`: the load balancer that this proxy is, or `*`. */
export function tenantOf({ project, service }: Required<Tenant>, balancer: string): Tenant {
  return balancer === ordinaryProxies ? { project } : { project, service };
}

/** One text for one tenant. */
export function tenantName({ project, service }: Tenant): string {
  return service === undefined ? joinKey(project) : joinKey(project, service);
}

/** The key of a tenant's claim on a front port. */
export function portClaimKey(balancer: string, { port, project, service }: Tenant & { readonly port: number }): string {
  return claimKey({ balancer, project, service, port, name: undefined });
}

/** A tenant as sentences name it; safe to show. */
export function tenantWords({ project, service }: Tenant): string {
  return service === undefined ? `project ${shown(project)}` : `service ${shown(`${project}/${service}`)}`;
}
