import { execFileSync } from "node:child_process";
import { CommandFailed, freeNetworks, run } from "@fairway/standalone";
import { keepTrack } from "./live.ts";

/** A range of addresses that no other lab of this machine has, and this machine's own link into it. */
export type Slot = {
  /** The first three numbers of the lab's addresses. */
  readonly network: string;
  readonly release: () => void;
};

/** Networks that labs may take: out of the range for benchmarks, without what their engines use. */
export const labNetworks = [
  numbersUpTo(255).map((n) => `198.18.${n}`),
  numbersUpTo(127)
    .map((n) => `198.19.${n}`)
    .slice(1),
].flat();

/** Claims a slot for the lab whose first process this is, where the machine has no network. Throws when all are taken. */
export async function claimSlot(initPid: number): Promise<Slot> {
  for (const network of await freeNetworks(labNetworks)) {
    const link = linkInto(network);
    if (!(await isClaimed(link, initPid))) continue;
    const release = keepTrack(() => deleteLink(link));
    await run(["ip", "address", "add", `${network}.1/24`, "dev", link]);
    await run(["ip", "link", "set", link, "up"]);
    return { network, release };
  }
  throw new Error("this machine uses all of 198.18.0.0 to 198.19.127.255; `ip route` and `ip address` show for what");
}

/** The machine's own link into the lab of a network. */
export function linkInto(network: string): string {
  return `fwlab${network.split(".").slice(1).join(".")}`;
}

function numbersUpTo(last: number): readonly number[] {
  return Array.from({ length: last + 1 }, (_, n) => n);
}

/** The machine's own link into the lab is the claim: the kernel refuses a name that is taken. */
async function isClaimed(link: string, initPid: number): Promise<boolean> {
  try {
    await run(["ip", "link", "add", link, "type", "veth", "peer", "name", "machine", "netns", String(initPid)]);
    return true;
  } catch (error) {
    if (error instanceof CommandFailed && error.stderr.includes("File exists")) return false;
    throw error;
  }
}

/** It would go with the lab's networks too, but a little later. */
function deleteLink(link: string): void {
  try {
    execFileSync("ip", ["link", "delete", link], { stdio: "ignore" });
  } catch {
    // It has gone already.
  }
}
