import { BlockList, isIPv6, SocketAddress } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const unspecified = new BlockList();
unspecified.addSubnet("0.0.0.0", 8, "ipv4");
unspecified.addAddress("::", "ipv6");

/** True for an address that only its own host reaches. */
export function isLoopback(ip: string): boolean {
  return loopback.check(ip, isIPv6(ip) ? "ipv6" : "ipv4");
}

/** True for an address that names no host: HAProxy takes it for whatever address the client has asked for. */
export function isUnspecified(ip: string): boolean {
  return unspecified.check(ip, isIPv6(ip) ? "ipv6" : "ipv4");
}

/** True for two ways to write the same address. */
export function isSameIp(a: string, b: string): boolean {
  return a === b || (isIPv6(a) && isIPv6(b) && canonical(a) === canonical(b));
}

function canonical(ip: string): string {
  return new SocketAddress({ address: ip, family: "ipv6" }).address;
}
