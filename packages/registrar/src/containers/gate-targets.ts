import type { Address, NetworkAddress } from "@fairway/contract";
import type { Container } from "../docker/container.ts";

/** An address to connect to. */
export type Target = { readonly ip: string; readonly port: number };

/** What may be tried of an endpoint. */
export type Tried = {
  readonly container: Container;
  /** The container whose network it uses. */
  readonly networkOwner: Container;
  readonly addresses: readonly Address[];
  /** An own address of this machine where the node's is none. */
  readonly localAddress?: string | undefined;
};

/**
 * The addresses of an endpoint that this host reaches without Docker's own proxy in between, which accepts even
 * when nothing listens: those on local bridges, and the node's own for a container in the host's network.
 * Empty where there is none (overlay, macvlan, a rootless engine), and for a container with a HEALTHCHECK, which knows
 * better, unless there are several to choose from, or what answers may be another program of the machine.
 */
export function gateTargets({ container, networkOwner, addresses, localAddress }: Tried): readonly Target[] {
  const isHost = isOnHost(networkOwner);
  const targets = addresses.filter((each) => (each.via === "node" ? isHost : isOnBridge(each)));
  if (container.health !== "none" && targets.length < 2 && !isHost) return [];
  // A machine seldom reaches itself by an address that only a router before it has.
  const local = isHost && localAddress !== undefined ? targets.map(({ port }) => ({ ip: localAddress, port })) : [];
  return [...targets, ...local].map(({ ip, port }) => ({ ip, port }));
}

/** True for a container in the network of the machine itself. */
export function isOnHost({ networkMode }: Pick<Container, "networkMode">): boolean {
  return networkMode.kind === "host";
}

function isOnBridge({ driver, scope, fromHost = true }: NetworkAddress): boolean {
  return driver === "bridge" && scope === "local" && fromHost;
}

/** The same addresses, those that accepted a connection first: a program may listen in one of its networks alone. */
export function acceptedFirst(addresses: readonly Address[], accepted: readonly Target[]): Address[] {
  const hasAccepted = (each: Target) => accepted.some(({ ip, port }) => ip === each.ip && port === each.port);
  return [...addresses.filter(hasAccepted), ...addresses.filter((each) => !hasAccepted(each))];
}
