import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { isLoopback } from "@fairway/contract";

/** Stands for the world outside: reserved for documentation (RFC 5737, RFC 3849), so only the default route leads there. */
const outside = ["http://192.0.2.1:9", "http://[2001:db8::1]:9"];

/**
 * The address under which others reach this host: the source address towards etcd, else that of the default route;
 * undefined when both are loopback or there is none. Sends nothing.
 */
export async function ownAddress(etcdEndpoints: readonly string[]): Promise<string | undefined> {
  for (const url of [...etcdEndpoints, ...outside]) {
    const address = await sourceAddressTo(url);
    if (address !== undefined && !isLoopback(address)) return address;
  }
  return undefined;
}

/** The address that the kernel would send from; undefined without a route or a name that resolves. */
async function sourceAddressTo(url: string): Promise<string | undefined> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  try {
    socket.connect(Number(port) || 80, host);
    await once(socket, "connect");
    return socket.address().address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}
