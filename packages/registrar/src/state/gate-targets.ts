import type { Address } from "@fairway/contract";
import type { Container } from "../docker/container.ts";

/** An address to connect to. */
export type Target = { readonly ip: string; readonly port: number };

/**
 * The addresses of an endpoint that this host reaches without Docker's own proxy in between, which accepts even
 * when nothing listens: those on local bridges, and the node's own for a container in the host's network.
 * Empty where there is none (overlay, macvlan), and for a container with a HEALTHCHECK, which knows better.
 */
export function gateTargets(container: Container, owner: Container, addresses: readonly Address[]): readonly Target[] {
  if (container.health !== "none") return [];
  const isHost = owner.networkMode.kind === "host";
  return addresses
    .filter((each) => (each.via === "node" ? isHost : each.driver === "bridge" && each.scope === "local"))
    .map(({ ip, port }) => ({ ip, port }));
}
