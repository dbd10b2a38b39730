import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { plainIp } from "@fairway/contract";

/**
 * Every address of this machine, or this container, each as `plainIp` writes it; undefined: it does not say now. Node.js
 * leaves out interfaces without a carrier, as a bridge without containers is: the kernel answers for those too.
 */
export function ownAddresses(): ReadonlySet<string> | undefined {
  try {
    const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const fromKernel = [...localIPv4(readText("/proc/net/fib_trie")), ...localIPv6(readText("/proc/net/if_inet6"))];
    return new Set([...all.map(({ address }) => address), ...fromKernel].map(plainIp));
  } catch {
    return undefined;
  }
}

/** The addresses that the kernel's table of routes, as /proc/net/fib_trie tells it, takes for its own. */
export function localIPv4(fibTrie: string): readonly string[] {
  return [...fibTrie.matchAll(/^ *\|-- ([0-9.]+)\n(?: *\/.*\n)*? *\/32 host LOCAL$/gm)].map(([, ip = ""]) => ip);
}

/** The addresses in /proc/net/if_inet6, which has each as 32 digits. */
export function localIPv6(ifInet6: string): readonly string[] {
  return [...ifInet6.matchAll(/^([0-9a-f]{32}) /gm)].map(([, digits = ""]) => digits.replace(/(.{4})(?=.)/g, "$1:"));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Stands for the world outside: reserved for documentation (RFC 5737, RFC 3849), so only the default route leads there. */
const outside = ["http://192.0.2.1:9", "http://[2001:db8::1]:9"];

/**
 * The addresses that the kernel would send from, towards each of these URLs and then by the default route; those without
 * a route or a name that resolves are left out. Sends nothing.
 */
export async function sourceAddresses(urls: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all([...urls, ...outside].map(sourceAddressTo));
  return found.flatMap((address) => address ?? []);
}

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
