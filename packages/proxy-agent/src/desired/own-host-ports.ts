import type { RegistryCache } from "../registry/cache.ts";
import type { ContainerHostPort } from "../registry/host-ports.ts";
import type { Vantage } from "./vantage.ts";

/** The containers that have a port of the machine, at whatever address. */
export type HostPortsAt = (port: number) => readonly ContainerHostPort[];

/**
 * The containers of the proxy's own node that have a port of its machine: by what their registrar says of them, and by
 * the endpoints behind that port, which may be in view first. None for a proxy in a network of its own.
 */
export function ownHostPorts(cache: RegistryCache, port: number, vantage: Vantage): readonly ContainerHostPort[] {
  if (vantage.kind !== "node") return [];
  const local = cache.atPort(port).filter(({ endpoint }) => endpoint.at.node === vantage.node);
  const served = local.flatMap(({ endpoint: { addresses, at } }) =>
    addresses
      .filter((each) => each.via === "node" && each.port === port)
      .map(({ ip }) => ({ ip, port, container12: at.container12 })),
  );
  return [...cache.hostPorts.at(port), ...served];
}
