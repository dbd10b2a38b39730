import { parseHostPortsKey } from "@fairway/contract";
import type { RegistryCache } from "../registry/cache.ts";
import type { ContainerHostPort } from "../registry/host-ports.ts";
import type { ListenerFacts } from "./desired.ts";

/** The containers that have a port of the machine, at whatever address. */
export type HostPortsAt = (port: number) => readonly ContainerHostPort[];

/** Where a proxy stands, and what it knows of its machine. */
type Standing = Pick<ListenerFacts, "vantage" | "here">;

/**
 * The containers of the proxy's own node that have a port of its machine: by what their registrar says of them, and by
 * the endpoints behind that port, which may be in view first. None for a proxy in a network of its own, and
 * none of the container that the proxy itself is: its clients come in there.
 */
export function ownHostPorts(cache: RegistryCache, port: number, facts: Standing): readonly ContainerHostPort[] {
  const { vantage, here } = facts;
  if (vantage.kind !== "node") return [];
  const local = cache.atPort(port).filter(({ endpoint }) => endpoint.at.node === vantage.node);
  const served = local.flatMap(({ endpoint: { addresses, at } }) =>
    addresses
      .filter((each) => each.via === "node" && each.port === port)
      .map(({ ip }) => ({ ip, port, container12: at.container12 })),
  );
  const own = here.hostPortsKey === undefined ? undefined : parseHostPortsKey(here.hostPortsKey)?.container12;
  return [...cache.hostPorts.at(port), ...served].filter(({ container12 }) => container12 !== own);
}
