import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { startChild, whenReady } from "../processes/child.ts";
import type { Child } from "../processes/child.ts";
import { run } from "../processes/run.ts";
import { flags } from "../processes/flags.ts";
import { engineAnswers } from "./ping.ts";

/** How our engines keep images: also the name of the folder of a data root where their files are. */
export const storageDriver = "overlay2";

/** A Docker engine of our own, beside any other one of the machine. */
export type DockerdFacts = {
  readonly name: string;
  /** What stands before `dockerd` on the command line: the namespaces that it is to run in. */
  readonly wrapper: readonly string[];
  /** Holds images and containers. */
  readonly dataRoot: string;
  /** Holds what is gone with the engine; as dockerd sees it. */
  readonly execRoot: string;
  readonly socket: string;
  /** Name of a cgroup at the top. */
  readonly cgroupParent: string;
  /** dockerd's options about networks. */
  readonly network: readonly string[];
  readonly logFile: string;
  /** How long it may take to answer. (60 s) */
  readonly readyWithinMs?: number;
};

/** Starts dockerd and waits until it answers. Throws with the end of its log when it does not. */
export async function startDockerd(facts: DockerdFacts, signal?: AbortSignal): Promise<Child> {
  const { name, wrapper, socket, logFile, readyWithinMs: withinMs = 60_000 } = facts;
  await writeFile(configFile(socket), await configuration(socket));
  const child = startChild({ name, command: [...wrapper, "dockerd", ...options(facts)], logFile });
  await whenReady(child, () => engineAnswers(socket), { withinMs, signal });
  return child;
}

/** A configuration of its own, or dockerd would take the machine's. */
function configFile(socket: string): string {
  return join(dirname(socket), "daemon.json");
}

let asking: Promise<string> | undefined;

/** Before 25.0 an engine has its id from a key file, which it would share with every other engine of the machine. */
async function configuration(socket: string): Promise<string> {
  asking ??= run(["dockerd", "--version"]);
  const major = Number(/version ([0-9]+)/.exec(await asking)?.[1] ?? 25);
  const keyFile = join(dirname(socket), "engine-key.json");
  return `${JSON.stringify(major < 25 ? { "deprecated-key-path": keyFile } : {})}\n`;
}

/** The cgroup driver is said because Docker's default depends on whether systemd runs. */
function options({ dataRoot, execRoot, socket, cgroupParent, network }: DockerdFacts): readonly string[] {
  const common = flags({
    "data-root": dataRoot,
    "exec-root": execRoot,
    pidfile: join(execRoot, "dockerd.pid"),
    host: `unix://${socket}`,
    "config-file": configFile(socket),
    "storage-driver": storageDriver,
    "exec-opt": "native.cgroupdriver=cgroupfs",
    "cgroup-parent": `/${cgroupParent}`,
  });
  return [...common, ...network];
}
