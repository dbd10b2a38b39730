import { isIPv6 } from "node:net";
import {
  cutName,
  hint,
  ipKind,
  isSameIp,
  mostAddresses,
  refused,
  shown,
  type Address,
  type Rejection,
} from "@fairway/contract";
import type { Attachment, Container, PublishedPort } from "../docker/container.ts";

/** Every way to reach a container port, and what of them cannot be used. */
export type Addresses = { readonly addresses: readonly Address[]; readonly rejections: readonly Rejection[] };

/** The node, as far as addresses depend on it. */
export type AddressedNode = {
  /** Under which other nodes reach it: always right, whatever it is. */
  readonly address: string;
  /** An own address of this machine where that is none. (the node's) */
  readonly localAddress?: string | undefined;
  /** Its engine is rootless: the host does not reach what is in the engine's networks. */
  readonly isRootless: boolean;
};

/** What the addresses of one port depend on. */
export type AddressQuestion = {
  /** The container in whose network namespace the port is: itself, or the one that it joined. */
  readonly networkOwner: Container;
  readonly port: number;
  readonly node: AddressedNode;
};

/**
 * Every address of a container port: in each of its networks, and at its node where it is published there.
 * Network addresses come first, by name; then the node's own address, then others of it. One that means another host
 * elsewhere is left out, with a hint. Without any the port is refused with a reason.
 */
export function addressesOf({ networkOwner, port, node }: AddressQuestion): Addresses {
  if (networkOwner.networkMode.kind === "host") return inHostNetwork(port, node);
  if (networkOwner.networkMode.kind === "none") return { addresses: [], rejections: [noNetwork(port)] };
  const published = networkOwner.published.filter(({ containerPort }) => containerPort === port);
  const offered = published.filter((each) => whyNotOffered(each, node) === undefined);
  const inNetworks = networkOwner.networks.flatMap((network) => inNetwork(network, port, node)).sort(byNetwork);
  const atNodes = atNodeSorted(
    offered.flatMap((each) => publishedAt(each, node)),
    node,
  );
  const addresses = [...inNetworks.slice(0, mostAddresses / 2), ...atNodes.slice(0, mostAddresses / 2)];
  const notes = [
    ...networkOwner.networks.flatMap(specialAddressHints),
    ...published.flatMap((each) => whyNotOffered(each, node) ?? []),
    ...routingMeshHints(networkOwner, published, port),
    ...hintTooMany(port, inNetworks.length + atNodes.length - addresses.length),
  ];
  return { addresses, rejections: addresses.length === 0 ? [noAddress(port), ...notes] : notes };
}

/** The host's network of a rootless engine is a namespace of its own. */
function inHostNetwork(port: number, { address, isRootless }: AddressedNode): Addresses {
  if (!isRootless) return { addresses: [atNode(address, port)], rejections: [] };
  const reason = `${port} cannot be reached: a rootless engine's network_mode: host is not the host's network; publish the port`;
  return { addresses: [], rejections: [refused({ code: "no-network", value: String(port), reason })] };
}

function inNetwork(network: Attachment, port: number, { isRootless }: AddressedNode): readonly Address[] {
  const { id: networkId, scope, ips, isIngress } = network;
  if (isIngress) return [];
  const names = { network: cutName(network.name), scope, driver: cutName(network.driver) };
  const rootless = isRootless ? { fromHost: false } : {};
  const usable = ips.filter((ip) => ipKind(ip) === undefined);
  return usable.map((ip) => ({ via: "network", networkId, ...names, ...rootless, ip, port }));
}

function publishedAt({ hostIp, hostPort }: PublishedPort, { address }: AddressedNode): readonly Address[] {
  if (hostIp === "0.0.0.0") return isIPv6(address) ? [] : [atNode(address, hostPort)];
  if (hostIp === "::") return isIPv6(address) ? [atNode(address, hostPort)] : [];
  return [atNode(hostIp, hostPort)];
}

function atNode(ip: string, port: number): Address {
  return { via: "node", ip, port };
}

function atNodeSorted(addresses: readonly Address[], { address }: AddressedNode): readonly Address[] {
  const unique = new Map(addresses.map((each) => [`${each.ip} ${each.port}`, each]));
  const rank = ({ ip }: Address) => (isSameIp(ip, address) ? 0 : 1);
  return [...unique.values()].sort((a, b) => rank(a) - rank(b) || compare(a.ip, b.ip) || a.port - b.port);
}

function byNetwork(a: Address, b: Address): number {
  return a.via === "network" && b.via === "network" ? compare(a.network, b.network) : 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Why a published port is no address that others may use; undefined: it is one. What NODE_ADDRESS says is always one. */
function whyNotOffered(port: PublishedPort, { address }: AddressedNode): Rejection | undefined {
  const { containerPort, hostIp, hostPort, gatewayOf } = port;
  if (hostIp === "0.0.0.0" || hostIp === "::" || isSameIp(hostIp, address)) return undefined;
  const kind = ipKind(hostIp);
  if (kind === undefined && gatewayOf === undefined) return undefined;
  const value = `${hostIp}:${hostPort}`;
  const is = `${containerPort} is published on ${value}`;
  if (kind === "loopback") {
    const reason = `${is}, which no other node reaches: not used as an address`;
    return hint({ code: "published-on-loopback", value, reason });
  }
  const what = kind === undefined ? `this node's address in Docker network ${gatewayOf}` : `a ${kind} address`;
  const reason = `${is}, ${what}, which is another host or none to other nodes: not used as an address; publish it on ${address}`;
  return hint({ code: "published-locally", value, reason });
}

function specialAddressHints({ name, ips }: Attachment): readonly Rejection[] {
  return ips.flatMap((ip) => {
    const kind = ipKind(ip);
    if (kind === undefined) return [];
    const reason = `${ip} in Docker network ${shown(name)} is a ${kind} address: not used; give that network another subnet`;
    return [hint({ code: "network-not-usable", value: ip, reason })];
  });
}

function routingMeshHints(
  networkOwner: Container,
  published: readonly PublishedPort[],
  port: number,
): readonly Rejection[] {
  if (published.length > 0 || !networkOwner.networks.some(({ isIngress }) => isIngress)) return [];
  const reason = `${port} is not published on this node itself; Swarm's routing mesh is not used: publish it with mode: host`;
  return [hint({ code: "routing-mesh", value: String(port), reason })];
}

function hintTooMany(port: number, unused: number): readonly Rejection[] {
  if (unused === 0) return [];
  const reason = `${unused} more addresses of ${port} are not used: at most ${mostAddresses / 2} in networks and as many on its node`;
  return [hint({ code: "too-many-addresses", value: String(port), reason })];
}

function noNetwork(port: number): Rejection {
  const reason = `${port} cannot be reached: the container has network_mode: none`;
  return refused({ code: "no-network", value: String(port), reason });
}

function noAddress(port: number): Rejection {
  const reason = `${port} has no address: connect the container to a network or publish the port`;
  return refused({ code: "no-address", value: String(port), reason });
}
