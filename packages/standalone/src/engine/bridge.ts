import { run } from "../processes/run.ts";
import { freeNetworks } from "./free-networks.ts";

/** A network bridge for an engine of our own; no other engine knows it. */
export type OwnBridge = { readonly name: string; readonly address: string };

type Link = { readonly ifname: string; readonly ifalias?: string };

/** Out of the range for benchmarks: a private range might be the machine's, or lie behind its routes. */
const candidates = Array.from({ length: 64 }, (_, n) => `198.19.${254 - n}`);

/**
 * Makes a bridge with a range of addresses that the machine does not use, marked as its owner's.
 * Throws when none is free or the machine does not allow it.
 */
export async function addBridge(owner: string): Promise<OwnBridge> {
  const [[network], links] = await Promise.all([freeNetworks(candidates), allLinks()]);
  if (network === undefined) throw new Error("no network of 198.19.191.0 to 198.19.254.0 is free for Docker's bridge");
  const name = firstFreeName(new Set(links.map(({ ifname }) => ifname)));
  const bridge = { name, address: `${network}.1` };
  await run(["ip", "link", "add", bridge.name, "type", "bridge"]);
  await run(["ip", "link", "set", bridge.name, "alias", owner]);
  await run(["ip", "address", "add", `${bridge.address}/24`, "dev", bridge.name]);
  await run(["ip", "link", "set", bridge.name, "up"]);
  if (await dropsForwarded()) await run(["iptables", "-w", "-I", ...withinBridge(bridge.name)]);
  return bridge;
}

/** Marks those of the named links that there are as their owner's. */
export async function markBridges(names: readonly string[], owner: string): Promise<void> {
  const links = await allLinks();
  const unmarked = links.filter(({ ifname, ifalias }) => names.includes(ifname) && ifalias !== owner);
  for (const { ifname } of unmarked) await run(["ip", "link", "set", ifname, "alias", owner]);
}

/** Removes the bridges that carry an owner's mark, with the rule that was made for them. */
export async function removeOwnBridges(owner: string): Promise<void> {
  const links = await allLinks().catch(() => []);
  for (const { ifname } of links.filter(({ ifalias }) => ifalias === owner)) {
    await run(["iptables", "-w", "-D", ...withinBridge(ifname)]).catch(() => "there was no need of it");
    await run(["ip", "link", "delete", ifname]);
  }
}

async function allLinks(): Promise<readonly Link[]> {
  return JSON.parse(await run(["ip", "-json", "link", "show"])) as readonly Link[];
}

function firstFreeName(taken: ReadonlySet<string>, n = 0): string {
  const name = `fairway${n}`;
  return taken.has(name) ? firstFreeName(taken, n + 1) : name;
}

/** A machine that forwards nothing may drop even what stays within a bridge. */
async function dropsForwarded(): Promise<boolean> {
  const rules = await run(["iptables", "-w", "-S", "FORWARD"]).catch(() => "");
  return rules.startsWith("-P FORWARD") && !rules.startsWith("-P FORWARD ACCEPT");
}

function withinBridge(name: string): readonly string[] {
  return ["FORWARD", "--in-interface", name, "--out-interface", name, "--jump", "ACCEPT"];
}
