import { isLoopback, type Address, type NetworkAddress, type NodeAddress } from "@fairway/contract";

/** The address of an endpoint that a proxy connects to, and why this one; or why there is none. */
export type Reach =
  | {
      readonly ok: true;
      readonly via: Address["via"];
      readonly ip: string;
      readonly port: number;
      readonly why: string;
    }
  | { readonly ok: false; readonly reason: string };

/** The part of an endpoint that {@link reach} looks at. */
export type Reachable = {
  readonly at: { readonly node: string; readonly port: number };
  readonly addresses: readonly Address[];
};

/**
 * Chooses the address, in this order: a network that proxy and endpoint share; a bridge of the proxy's own node
 * when it stands in the node's namespace; a port published on the endpoint's node. A loopback address leads whoever
 * connects to itself: it counts on its own node alone.
 */
export function reach(endpoint: Reachable, vantage: Vantage): Reach {
  const isSameNode = endpoint.at.node === vantage.node;
  const isUsable = ({ ip }: Address) => !isLoopback(ip) || (vantage.kind === "node" && isSameNode);
  const addresses = endpoint.addresses.filter(isUsable);
  const networks = addresses.filter((address) => address.via === "network");
  const shared = networks.find((address) => isShared(address, vantage, isSameNode));
  if (shared) return reached(shared, `shared network "${shared.network}"`);
  const bridge = networks.find((address) => vantage.kind === "node" && isSameNode && isLocalBridge(address));
  if (bridge) return reached(bridge, `network "${bridge.network}" of this node`);
  const published = addresses.find((address) => address.via === "node");
  if (published) return reached(published, publishedWhy(vantage, isSameNode));
  return { ok: false, reason: unreachableReason(endpoint, vantage) };
}

function reached({ via, ip, port }: NetworkAddress | NodeAddress, why: string): Reach {
  return { ok: true, via, ip, port, why };
}

function isShared(address: NetworkAddress, vantage: Vantage, isSameNode: boolean): boolean {
  if (address.scope !== "swarm" && !isSameNode) return false;
  return vantage.networks.some(({ id }) => id === address.networkId || id === address.network);
}

/** The host reaches neither overlay nor macvlan addresses. */
function isLocalBridge({ scope, driver = "bridge" }: NetworkAddress): boolean {
  return scope === "local" && driver === "bridge";
}

/** From another bridge of the same host a published port is answered by docker-proxy, whatever stands behind it. */
function publishedWhy({ kind }: Vantage, isSameNode: boolean): string {
  if (kind !== "container" || !isSameNode) return "published port of its node";
  return "published port of this node: docker-proxy accepts there even when nothing listens behind it; join a shared network instead";
}

function unreachableReason({ at, addresses }: Reachable, { kind, node }: Vantage): string {
  const where = kind === "outside" ? "from outside" : `from ${kind === "node" ? "" : "a container on "}node ${node}`;
  const networks = kind === "container" ? addresses.flatMap((each) => joinable(each, at.node === node)) : [];
  const join = networks.length > 0 ? ` or let the proxy join its network ${networks.join(" or ")}` : "";
  return `it cannot be reached ${where}: publish its container port ${at.port} on node ${at.node}${join}`;
}

/** A network of one node can be joined there alone. */
function joinable(address: Address, isSameNode: boolean): readonly string[] {
  return address.via === "network" && (isSameNode || address.scope === "swarm") ? [address.network] : [];
}

/** Where a proxy stands: decides which address of an endpoint it connects to. */
export type Vantage = {
  /**
   * `node`: in the node's own network namespace. `container`: inside the listed Docker networks.
   * `outside`: neither; only published ports can be reached.
   */
  readonly kind: "node" | "container" | "outside";
  /** The node it stands on, by its name in the registry. */
  readonly node: string;
  readonly networks: readonly VantageNetwork[];
};

/** A Docker network that the proxy is on. An operator may give its name where the id belongs. */
export type VantageNetwork = { readonly id: string; readonly name: string; readonly scope: string };

/** Reads `VANTAGE`: `node`, `outside`, or a comma list of networks by id or name. */
export function readVantage(text: string, node: string): Vantage {
  if (text === "node" || text === "outside") return { kind: text, node, networks: [] };
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return { kind: "container", node, networks: names.map((name) => ({ id: name, name, scope: "" })) };
}
