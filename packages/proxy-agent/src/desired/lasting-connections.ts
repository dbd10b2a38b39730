import { addressOf } from "./endpoint-to-server.ts";
import type { Server } from "@fairway/haproxy";
import { containerPortOf } from "./server-name.ts";

/** True when connections to a server may last: the endpoint has another server now, but still is there too. */
export function isStillThere(server: Pick<Server, "ip" | "port">, now: Server | undefined): boolean {
  if (now === undefined) return false;
  return addressOf(server) === addressOf(now) || now.elsewhere?.includes(addressOf(server)) === true;
}

type Placed = Pick<Server, "name" | "ip" | "port">;

/**
 * Of servers whose endpoints are gone those whose containers still have just that address, under another key: a
 * container, or a node, was renamed. One walk over `now`, some nanoseconds a server.
 */
export function findRenamed(gone: readonly Placed[], now: readonly Server[]): ReadonlySet<string> {
  const addresses = new Set(gone.map(addressOf));
  const ips = new Set(gone.map(({ ip }) => ip));
  const isNear = ({ ip, elsewhere }: Server) => ips.has(ip) || elsewhere?.some((address) => addresses.has(address));
  const near = gone.length > 0 ? now.filter(isNear) : [];
  const there = new Set(near.flatMap((server) => addressesOf(server).map((address) => standing(server, address))));
  const renamed = gone.filter((server) => there.has(standing(server, addressOf(server))));
  return new Set(renamed.map(({ name }) => name));
}

function addressesOf(server: Server): readonly string[] {
  return [addressOf(server), ...(server.elsewhere ?? [])];
}

/** A container's port at an address. */
function standing({ name }: Placed, address: string): string {
  return `${containerPortOf(name)} ${address}`;
}
