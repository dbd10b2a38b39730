import { execFileSync } from "node:child_process";
import { CommandFailed, run } from "@fairway/standalone";
import { keepTrack } from "./live.ts";

/** A range of addresses that no other lab of this machine has, and this machine's own link into it. */
export type Slot = {
  /** The first three numbers of the lab's addresses, out of the range for benchmarks. */
  readonly network: string;
  readonly release: () => void;
};

const slots = 200;

/** Claims a slot for the lab whose first process this is. Throws when all are taken. */
export async function claimSlot(initPid: number): Promise<Slot> {
  for (let n = 0; n < slots; n += 1) {
    const link = `fwlab${n}`;
    const network = `198.18.${n}`;
    if (!(await isClaimed(link, initPid))) continue;
    const release = keepTrack(() => deleteLink(link));
    await run(["ip", "address", "add", `${network}.1/24`, "dev", link]);
    await run(["ip", "link", "set", link, "up"]);
    return { network, release };
  }
  throw new Error(`all ${slots} networks for labs are taken on this machine; \`ip link\` shows them as fwlab<n>`);
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
