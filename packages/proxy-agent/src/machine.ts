import { readFileSync } from "node:fs";
import { lookup } from "node:dns/promises";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
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

/** True when this machine lets us listen on IPv6. */
export function hasIPv6(): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "::", port: 0, ipv6Only: true }, () => server.close(() => resolve(true)));
  });
}

/** A resolver that does not answer must not hold up the start. */
const patienceMs = 1000;

/** The hosts that resolve within a second, by the same resolver that HAProxy asks. Never rejects. */
export async function resolvable(hosts: readonly string[]): Promise<ReadonlySet<string>> {
  const resolved = await Promise.all(hosts.map(async (host) => ((await resolves(host)) ? [host] : [])));
  return new Set(resolved.flat());
}

async function resolves(host: string): Promise<boolean> {
  try {
    return await Promise.race([lookup(host).then(() => true), delay(patienceMs, false, { ref: false })]);
  } catch {
    return false;
  }
}
