import { isIPv6 } from "node:net";
import { isSameIp, type HostPort } from "@fairway/contract";
import type { RegistryCache } from "../registry/cache.ts";
import type { OwnedPort } from "../registry/host-ports.ts";
import type { Vantage } from "./reach.ts";

/** The containers that a port of the machine belongs to, at whatever address. */
export type PortOwners = (port: number) => readonly OwnedPort[];

/**
 * The containers of the proxy's own node that have a port of its machine: by what their registrar says of them, and by
 * the endpoints behind that port, which may be in view first. None for a proxy in a network of its own.
 */
export function ownersOf(cache: RegistryCache, port: number, vantage: Vantage): readonly OwnedPort[] {
  if (vantage.kind !== "node") return [];
  const local = cache.atPort(port).filter(({ endpoint }) => endpoint.at.node === vantage.node);
  const served = local.flatMap(({ endpoint: { addresses, at } }) =>
    addresses
      .filter((each) => each.via === "node" && each.port === port)
      .map(({ ip }) => ({ ip, port, container12: at.container12 })),
  );
  return [...cache.hostPorts.at(port), ...served];
}

/** True when a listener on an address would take another one from its owner; `0.0.0.0` is Docker's word for all of them. */
export function overlaps(owned: HostPort, address: string): boolean {
  if (owned.ip === "0.0.0.0" || isSameIp(owned.ip, address)) return true;
  if (isIPv6(owned.ip) !== isIPv6(address)) return false;
  return [owned.ip, address].some((each) => each === "::" || each === "0.0.0.0");
}
