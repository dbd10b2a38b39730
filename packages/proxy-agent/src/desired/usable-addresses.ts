import { type Address, type HostPort, ipKind, isSameIp, overlaps, plainIp } from "@fairway/contract";

/** What a proxy knows of the machine that it runs on. */
export type Here = {
  /** The addresses of its interfaces, or its container's, each as `plainIp` writes it. */
  readonly addresses: ReadonlySet<string>;
  /** Under which other nodes reach its node; undefined: that is not known. */
  readonly nodeAddress: string | undefined;
  /** The zone of its node. (none) */
  readonly zone?: string;
  /** The address that the machine sends from; undefined: that is not known. */
  readonly localAddress?: string | undefined;
  /** The ports of its node that lead to the container that it runs in. */
  readonly published?: readonly HostPort[] | undefined;
  /** The key of that container's host ports, where no addon says what it publishes. */
  readonly hostPortsKey?: string | undefined;
  /** The addresses of the machine below the container that it runs in, each as `plainIp` writes it. */
  readonly hostAddresses?: ReadonlySet<string> | undefined;
};

/** Of a proxy that knows nothing. */
export const nowhere: Here = { addresses: new Set(), nodeAddress: undefined };

/** Who offers an address. */
export type Offer = {
  readonly node: string;
  /** Under which other nodes reach that node; undefined: that is not known. */
  readonly nodeAddress: string | undefined;
  /** The proxy stands in that very node's network namespace. */
  readonly isFromHere: boolean;
  /** The proxy is on that node, wherever it stands there. */
  readonly isSameNode: boolean;
};

/**
 * Why nobody may be led to an address, whoever wrote the record; undefined: it may be used. Loopback and the like are
 * another host to everybody else: they count for the node alone whose own address they are. An address of the proxy's
 * machine is that machine's to offer, or a node's that is the same machine: two engines may share one. A port that the
 * proxy's own container publishes leads back to it.
 */
export function whyNotUsed(address: Address, offer: Offer, here: Here): string | undefined {
  const { ip, port } = address;
  const isNodes = offer.nodeAddress !== undefined && isSameIp(ip, offer.nodeAddress);
  const kind = ipKind(ip);
  if (kind !== undefined) return offer.isFromHere && isNodes ? undefined : `${ip} is a ${kind} address`;
  const isOfMachine = offer.isSameNode || isSameMachine(offer, here);
  const isOnMachine = address.via === "node" || here.hostAddresses?.has(plainIp(ip)) === true;
  if (isOfMachine && isOnMachine && isPublished(address, here)) {
    return `${ip}:${port} is a port that this proxy's own container publishes`;
  }
  if (isOfMachine || !isOwn(ip, here)) return undefined;
  return `${ip} is an address of this proxy's own node, offered by node ${offer.node}`;
}

/**
 * Where the proxy finds what stands at an address of its own node: there, or at the machine's own address where the
 * node's is one that only a router before it has. Few of those lead a machine back to itself.
 */
export function localOf(ip: string, { addresses, nodeAddress, localAddress }: Here): string {
  const isRouters = addresses.size > 0 && !addresses.has(plainIp(ip)) && isSameIp(ip, nodeAddress ?? "");
  return isRouters && localAddress !== undefined ? localAddress : ip;
}

/** True for an address of the proxy's machine or its node. */
export function isOwn(ip: string, { addresses, hostAddresses, nodeAddress }: Here): boolean {
  const plain = plainIp(ip);
  if (addresses.has(plain) || hostAddresses?.has(plain) === true) return true;
  return nodeAddress !== undefined && isSameIp(plain, nodeAddress);
}

function isPublished({ ip, port }: HostPort, { published = [] }: Here): boolean {
  return published.some((each) => each.port === port && overlaps(each.ip, ip));
}

function isSameMachine({ nodeAddress }: Offer, here: Here): boolean {
  return nodeAddress !== undefined && here.nodeAddress !== undefined && isSameIp(nodeAddress, here.nodeAddress);
}

/** True when two sets have the same texts. */
export function isSameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a === b || (a.size === b.size && [...a].every((each) => b.has(each)));
}
