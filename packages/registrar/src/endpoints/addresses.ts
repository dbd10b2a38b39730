import { isIPv6 } from "node:net";
import { cutName, hint, isLoopback, mostAddresses, refused, type Address, type Rejection } from "@fairway/contract";
import type { Attachment, Container, PublishedPort } from "../docker/container.ts";

/** Every way to reach a container port, and what of them cannot be used. */
export type Addresses = { readonly addresses: readonly Address[]; readonly rejections: readonly Rejection[] };

/** What the addresses of one port depend on. */
export type AddressQuestion = {
  /** The container in whose network namespace the port is: itself, or the one that it joined. */
  readonly owner: Container;
  readonly port: number;
  /** The node's own address. */
  readonly nodeAddress: string;
};

/**
 * Every address of a container port: in each of its networks, and at its node where it is published there.
 * Network addresses come first, by name; then node addresses. Without any the port is refused with a reason.
 */
export function addressesOf({ owner, port, nodeAddress }: AddressQuestion): Addresses {
  if (owner.networkMode.kind === "host") return { addresses: [atNode(nodeAddress, port)], rejections: [] };
  if (owner.networkMode.kind === "none") return { addresses: [], rejections: [noNetwork(port)] };
  const published = owner.published.filter(({ containerPort }) => containerPort === port);
  const inNetworks = owner.networks.flatMap((network) => inNetwork(network, port)).sort(byNetwork);
  const atNodes = atNodeSorted(published.flatMap((each) => publishedAt(each, nodeAddress)));
  const addresses = [...inNetworks.slice(0, mostAddresses / 2), ...atNodes.slice(0, mostAddresses / 2)];
  const notes = [
    ...loopbackHints(published),
    ...routingMeshHints(owner, published, port),
    ...hintTooMany(port, inNetworks.length + atNodes.length - addresses.length),
  ];
  return { addresses, rejections: addresses.length === 0 ? [noAddress(port), ...notes] : notes };
}

function inNetwork({ id, name, scope, driver, ips, isIngress }: Attachment, port: number): readonly Address[] {
  if (isIngress) return [];
  const [network, kind] = [cutName(name), cutName(driver)];
  return ips.map((ip) => ({ via: "network", networkId: id, network, scope, driver: kind, ip, port }));
}

function publishedAt({ hostIp, hostPort }: PublishedPort, nodeAddress: string): readonly Address[] {
  if (hostIp === "0.0.0.0") return isIPv6(nodeAddress) ? [] : [atNode(nodeAddress, hostPort)];
  if (hostIp === "::") return isIPv6(nodeAddress) ? [atNode(nodeAddress, hostPort)] : [];
  return isLoopback(hostIp) ? [] : [atNode(hostIp, hostPort)];
}

function atNode(ip: string, port: number): Address {
  return { via: "node", ip, port };
}

function atNodeSorted(addresses: readonly Address[]): readonly Address[] {
  const unique = new Map(addresses.map((each) => [`${each.ip} ${each.port}`, each]));
  return [...unique.values()].sort((a, b) => compare(a.ip, b.ip) || a.port - b.port);
}

function byNetwork(a: Address, b: Address): number {
  return a.via === "network" && b.via === "network" ? compare(a.network, b.network) : 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function loopbackHints(published: readonly PublishedPort[]): readonly Rejection[] {
  return published
    .filter(({ hostIp }) => isLoopback(hostIp))
    .map(({ containerPort, hostIp, hostPort }) => {
      const value = `${hostIp}:${hostPort}`;
      const reason = `${containerPort} is published on ${value}, which no other node reaches: not used as an address`;
      return hint({ code: "published-on-loopback", value, reason });
    });
}

function routingMeshHints(owner: Container, published: readonly PublishedPort[], port: number): readonly Rejection[] {
  if (published.length > 0 || !owner.networks.some(({ isIngress }) => isIngress)) return [];
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
