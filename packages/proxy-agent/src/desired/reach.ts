import type { Address, NetworkAddress, NodeAddress } from "@fairway/contract";
import { localOf, nowhere, whyNotUsed, type Here } from "./usable-addresses.ts";
import type { Vantage } from "./vantage.ts";

/** The address of an endpoint that a proxy connects to, and why this one; or why there is none. */
export type Reach =
  | {
      readonly ok: true;
      readonly via: Address["via"];
      readonly ip: string;
      readonly port: number;
      /** Where ports that checks ask for are beside it: see `NodeAddress`. */
      readonly checkPorts?: NodeAddress["checkPorts"];
      readonly why: string;
    }
  | { readonly ok: false; readonly code: "unreachable" | "address-not-allowed"; readonly reason: string };

/** The part of an endpoint that {@link reach} looks at. */
export type Reachable = {
  readonly at: { readonly node: string; readonly port: number };
  readonly addresses: readonly Address[];
};

/** What else decides on the address of an endpoint. */
export type ReachFacts = {
  /** Under which other nodes reach the endpoint's node; undefined: that is not known. */
  readonly nodeAddress: string | undefined;
  readonly here: Here;
};

const nothingKnown: ReachFacts = { nodeAddress: undefined, here: nowhere };

/**
 * Chooses the address, in this order: a network that proxy and endpoint share; a bridge of the proxy's own node
 * when it stands in the node's namespace; a port published on the endpoint's node; an address on the LAN of another
 * node. Of several the first in the record. None that leads to another host than the record means.
 */
export function reach(endpoint: Reachable, vantage: Vantage, { nodeAddress, here } = nothingKnown): Reach {
  const { node } = endpoint.at;
  const isSameNode = node === vantage.node;
  const offer = { node, nodeAddress, isSameNode, isFromHere: isSameNode && vantage.kind === "node" };
  const addresses = endpoint.addresses.filter((each) => whyNotUsed(each, offer, here) === undefined);
  const networks = addresses.filter((address) => address.via === "network");
  const shared = networks.find((address) => isShared(address, vantage, isSameNode));
  if (shared) return reached(shared, `shared network "${shared.network}"`);
  const bridge = networks.find((address) => vantage.kind === "node" && isSameNode && isLocalBridge(address));
  if (bridge) return reached(bridge, `network "${bridge.network}" of this node`);
  const published = addresses.find((address) => address.via === "node");
  const local = published && offer.isFromHere ? { ...published, ip: localOf(published.ip, here) } : published;
  if (local) return reached(local, publishedWhy(vantage, isSameNode));
  const lan = networks.find((address) => !isSameNode && isOnLan(address));
  if (lan) return reached(lan, `address on the LAN, of network "${lan.network}" of its node`);
  const [refusal] = endpoint.addresses.flatMap((each) => whyNotUsed(each, offer, here) ?? []);
  if (refusal !== undefined) return { ok: false, code: "address-not-allowed", reason: notAllowed(refusal, offer) };
  return { ok: false, code: "unreachable", reason: unreachableReason(endpoint, vantage) };
}

function reached(address: NetworkAddress | NodeAddress, why: string): Reach {
  const { via, ip, port } = address;
  const checkPorts = address.via === "node" ? address.checkPorts : undefined;
  return { ok: true, via, ip, port, ...(checkPorts && { checkPorts }), why };
}

function isShared(address: NetworkAddress, vantage: Vantage, isSameNode: boolean): boolean {
  if (address.scope !== "swarm" && !isSameNode) return false;
  return vantage.networks.some(({ id }) => id === address.networkId || id === address.network);
}

/** The host reaches neither overlay nor macvlan addresses, nor those of a rootless engine. */
function isLocalBridge({ scope, driver = "bridge", fromHost = true }: NetworkAddress): boolean {
  return scope === "local" && driver === "bridge" && fromHost;
}

/** Containers on such a network stand on the node's LAN: other machines reach them, their own host does not. */
function isOnLan({ driver, fromHost = true }: NetworkAddress): boolean {
  return (driver === "macvlan" || driver === "ipvlan") && fromHost;
}

/** From another bridge of the same host a published port is answered by docker-proxy, whatever stands behind it. */
function publishedWhy({ kind }: Vantage, isSameNode: boolean): string {
  if (kind !== "container" || !isSameNode) return "published port of its node";
  return (
    "published port of this node: docker-proxy accepts there even when nothing listens behind it, and an engine with " +
    "userland-proxy off does not let it through; join a shared network instead"
  );
}

function notAllowed(refusal: string, { node }: { readonly node: string }): string {
  return `it cannot be reached: ${refusal}; publish its port on the NODE_ADDRESS of node ${node}`;
}

function unreachableReason({ at, addresses }: Reachable, { kind, node }: Vantage): string {
  const where = kind === "outside" ? "from outside" : `from ${kind === "node" ? "" : "a container on "}node ${node}`;
  const networks = kind === "container" ? addresses.flatMap((each) => joinable(each, at.node === node)) : [];
  const join = networks.length > 0 ? ` or let the proxy join its network ${networks.join(" or ")}` : "";
  const lan = addresses.find((address) => address.via === "network" && isOnLan(address));
  if (lan?.via === "network" && networks.length === 0) {
    return `it cannot be reached ${where}: a host does not reach its own ${lan.driver} networks; connect it to a bridge too`;
  }
  return `it cannot be reached ${where}: publish its container port ${at.port} on node ${at.node}${join}`;
}

/** A network of one node can be joined there alone. */
function joinable(address: Address, isSameNode: boolean): readonly string[] {
  return address.via === "network" && (isSameNode || address.scope === "swarm") ? [address.network] : [];
}
