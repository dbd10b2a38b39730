import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { identityOf, innermost, isAlive, removeCgroups, run } from "@fairway/standalone";
import type { ProcessIdentity } from "@fairway/standalone";
import { keepTrack } from "./live.ts";
import { claimSlot } from "./slot.ts";
import { labDirectory, sweep } from "./sweep.ts";

/**
 * The ground that a lab stands on: processes, mounts and networks apart from the machine's. The kernel ends all
 * of it with its first process, which it kills when the test process ends in whatever way.
 */
export type World = {
  /** Logs, sockets and state; on the machine's disk, gone with the world. */
  readonly directory: string;
  /** Name of the world, and of its cgroup. */
  readonly name: string;
  readonly network: string;
  /** What stands before a command to run it in the world, in one of its networks or on its hub. */
  readonly enter: (network?: string) => readonly [string, ...string[]];
  /** Runs a command in the world and answers its output. */
  readonly run: (command: readonly string[], network?: string) => Promise<string>;
  /** Ends it. Nothing of it is left afterwards. */
  readonly end: () => void;
};

/** Makes a world. Throws when the machine does not allow it. */
export async function createWorld(): Promise<World> {
  if (process.getuid?.() !== 0) throw new Error("the lab makes network namespaces and needs root");
  sweep();
  const { name, directory } = labDirectory();
  const init = await startInit();
  mkdirSync(directory);
  const endRest = keepTrack(() => endWorld(init, name, directory));
  const { network, release } = await claimSlot(init.pid);
  const end = () => {
    release();
    endRest();
  };
  const enter = (network?: string) => enterCommand(init.pid, network);
  const runIn = (command: readonly string[], network?: string) => run([...enter(network), ...command]);
  await runIn(["ip", "link", "set", "machine", "master", "hub", "up"]);
  return { name, directory, network, enter, run: runIn, end };
}

async function startInit(): Promise<ProcessIdentity> {
  const script = fileURLToPath(new URL("init.sh", import.meta.url));
  const namespaces = ["--fork", "--pid", "--kill-child", "--mount", "--net", "--mount-proc"];
  const command = ["--pdeathsig", "KILL", "unshare", ...namespaces, "bash", script];
  const child = spawn("setpriv", command, { detached: true });
  const errors: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  await Promise.race([once(child.stdout, "data"), once(child, "close")]);
  const init = identityOf(innermost(child.pid ?? -1) ?? -1);
  if (init === undefined) throw new Error(`this machine allows no lab: ${Buffer.concat(errors).toString()}`);
  // The test process may end while the world stands.
  child.unref();
  for (const stream of child.stdio) if (stream instanceof Socket) stream.unref();
  return init;
}

type Enter = readonly [string, ...string[]];

function enterCommand(initPid: number, network?: string): Enter {
  // nsenter opens this before it is in the world, so the path goes by the world's own root.
  const net = network === undefined ? "--net" : `--net=/proc/${initPid}/root/run/netns/${network}`;
  return ["nsenter", "--target", String(initPid), "--mount", "--pid", net];
}

/** Without waiting for anything to be polite, and in one go, as it must also work while the process exits. */
function endWorld(init: ProcessIdentity, name: string, directory: string): void {
  process.kill(init.pid, "SIGKILL");
  const still = new Int32Array(new SharedArrayBuffer(4));
  for (let n = 0; n < 1000 && isAlive(init); n += 1) Atomics.wait(still, 0, 0, 5);
  rmSync(directory, { recursive: true, force: true });
  removeCgroups(name);
}
