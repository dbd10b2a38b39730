import { isIP } from "node:net";
import { ipKind, isLoopback, type ListenAddress } from "@fairway/contract";

/**
 * Where other machines find what listens there; undefined: they do not. What listens on every address, or at one that is
 * given by a name, is found at the node's: a container publishes it there under the same number.
 */
export function apiAddressOf(
  { host, port }: ListenAddress,
  nodeAddress: string | undefined,
): { readonly ip: string; readonly port: number } | undefined {
  if (isLoopbackHost(host)) return undefined;
  const isOne = isIP(host) !== 0 && ipKind(host) === undefined;
  const ip = isOne ? host : nodeAddress;
  return ip === undefined || isIP(ip) === 0 || isLoopback(ip) ? undefined : { ip, port };
}

/** True for an address that this machine alone reaches. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || (isIP(host) !== 0 && isLoopback(host));
}
