import { BlockList, isIPv6, SocketAddress } from "node:net";

/** Why an address is nobody's to offer to other nodes. */
export type IpKind = "loopback" | "unspecified" | "link-local" | "multicast" | "metadata";

/** Subnets by what they are for; IPv4 addresses written in IPv6 (`::ffff:127.0.0.1`) count as what they are. */
const subnets: Readonly<Record<IpKind, readonly (readonly [string, number])[]>> = {
  loopback: [
    ["127.0.0.0", 8],
    ["::1", 128],
  ],
  unspecified: [
    ["0.0.0.0", 8],
    ["::", 128],
  ],
  /** Where clouds tell machines their credentials; those of most are link-local. */
  metadata: [
    ["169.254.169.254", 32],
    ["169.254.170.2", 32],
    ["100.100.100.200", 32],
    ["168.63.129.16", 32],
    ["fd00:ec2::254", 128],
    ["fd20:ce::254", 128],
  ],
  "link-local": [
    ["169.254.0.0", 16],
    ["fe80::", 10],
  ],
  /** With what is reserved, broadcast among it. */
  multicast: [
    ["224.0.0.0", 3],
    ["ff00::", 8],
  ],
};

const kinds = ["loopback", "unspecified", "metadata", "link-local", "multicast"] as const;
const lists = new Map(kinds.map((kind) => [kind, blockListOf(subnets[kind])]));
const special = blockListOf(kinds.flatMap((kind) => subnets[kind]));

function blockListOf(all: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [net, length] of all) list.addSubnet(net, length, familyOf(net));
  return list;
}

function familyOf(ip: string): "ipv4" | "ipv6" {
  return isIPv6(ip) ? "ipv6" : "ipv4";
}

/** What an address is for when it is no host's own; undefined: it is the address of one host. */
export function ipKind(ip: string): IpKind | undefined {
  const family = familyOf(ip);
  if (!special.check(ip, family)) return undefined;
  return kinds.find((kind) => lists.get(kind)?.check(ip, family));
}

/** True for an address that only its own host reaches. */
export function isLoopback(ip: string): boolean {
  return ipKind(ip) === "loopback";
}

/** True for an address that names no host: HAProxy takes it for whatever address the client has asked for. */
export function isUnspecified(ip: string): boolean {
  return ipKind(ip) === "unspecified";
}

/** True for two ways to write the same address. */
export function isSameIp(a: string, b: string): boolean {
  return a === b || plainIp(a) === plainIp(b);
}

const mapped = "::ffff:";

/** The one way to write an address: IPv6 in its shortest form and without a zone, IPv4 written in IPv6 as IPv4. */
export function plainIp(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const { address } = new SocketAddress({ address: ip.replace(/%.*$/, ""), family: "ipv6" });
  return address.startsWith(mapped) && address.includes(".") ? address.slice(mapped.length) : address;
}

/**
 * True when a listener on an address takes what is published at another, as `hostports/` says it: `0.0.0.0` is Docker's
 * word for every address, IPv6 too.
 */
export function overlaps(published: string, address: string): boolean {
  if (published === "0.0.0.0" || isSameIp(published, address)) return true;
  if (isIPv6(published) !== isIPv6(address)) return false;
  return [published, address].some((each) => each === "::" || each === "0.0.0.0");
}
