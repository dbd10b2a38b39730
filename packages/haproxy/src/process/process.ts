import { spawn } from "node:child_process";

import { setTimeout as delay } from "node:timers/promises";
import { awaitGone, findProcess, isAlive, send, type OsProcess } from "./os-process.ts";
import { isOwnProcess, pidInFile } from "./own-processes.ts";
import { showProc } from "../runtime/sockets.ts";
import { boundOutput, openOutput, outputSize, problemsSince } from "./output.ts";
import type { ConfigProblem } from "../tables/problems.ts";

/** How HAProxy is started, and where everything of it lies. */
export type Installation = {
  readonly bin: string;
  readonly env: NodeJS.ProcessEnv;
  readonly configFile: string;
  readonly masterSocket: string;
  readonly pidFile: string;
  /** Takes what HAProxy writes to its standard outputs. */
  readonly outputFile: string;
  /** The admin socket, as the configuration names it. */
  readonly socket: string;
};

export type StartOutcome =
  | { readonly ok: true; readonly master: OsProcess }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** How long HAProxy has to tell its processes, and to end when it is told to. */
const signalMs = 2000;
/** How long a HAProxy has from its start until its master answers. */
const startMs = 30_000;

/**
 * Starts HAProxy as master and worker, detached, with files as its output so that it outlives us. Resolves once the
 * master answers with a worker, or with what HAProxy complained of when it ended instead.
 */
export async function startHaproxy(installation: Installation, signal: AbortSignal): Promise<StartOutcome> {
  const { masterSocket, outputFile, configFile } = installation;
  await boundOutput(outputFile);
  const before = await outputSize(outputFile);
  const master = await spawnMaster(installation);
  if (master === undefined) return { ok: false, problems: await problemsSince(outputFile, before, configFile) };
  const end = performance.now() + startMs;
  while (isAlive(master)) {
    signal.throwIfAborted();
    if (await hasWorker(masterSocket, master.pid)) return { ok: true, master };
    if (performance.now() > end) throw new Error(`haproxy ${master.pid} did not come up within ${startMs} ms`);
    await delay(10);
  }
  return { ok: false, problems: await problemsSince(outputFile, before, configFile) };
}

/**
 * Finds the HAProxy that an earlier agent of this installation left: it answers on our master socket, or its pid
 * stands in our pid file, and it is a process of ours.
 */
export async function findHaproxy(installation: Installation): Promise<OsProcess | undefined> {
  const { masterSocket, pidFile } = installation;
  for (const pid of [await pidByMaster(masterSocket), await pidInFile(pidFile)]) {
    if (pid === undefined || !(await isOwnProcess(pid, installation))) continue;
    const found = findProcess(pid);
    if (found) return found;
  }
  return undefined;
}

/** Ends HAProxy: softly (connections finish) and, when `limitMs` passed, at once. Resolves when it is gone. */
export async function stopHaproxy(master: OsProcess, limitMs: number): Promise<void> {
  if (!isAlive(master)) return;
  send(master, "SIGUSR1");
  if (await awaitGone(master, limitMs)) return;
  send(master, "SIGTERM");
  if (await awaitGone(master, signalMs)) return;
  send(master, "SIGKILL");
  await awaitGone(master, signalMs);
}

async function spawnMaster(installation: Installation): Promise<OsProcess | undefined> {
  const { bin, env, configFile, masterSocket, pidFile, outputFile } = installation;
  const output = await openOutput(outputFile);
  try {
    const socket = `${masterSocket},mode,600,level,admin`;
    const child = spawn(bin, ["-W", "-S", socket, "-p", pidFile, "-f", configFile], {
      env,
      cwd: "/",
      detached: true,
      stdio: ["ignore", output.fd, output.fd],
    });
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    child.unref();
    return child.pid === undefined ? undefined : findProcess(child.pid);
  } finally {
    await output.close();
  }
}

async function hasWorker(masterSocket: string, pid: number): Promise<boolean> {
  try {
    const { masterPid, workers } = await showProc({ path: masterSocket, timeoutMs: signalMs });
    return masterPid === pid && workers.length > 0;
  } catch {
    return false;
  }
}

async function pidByMaster(masterSocket: string): Promise<number | undefined> {
  try {
    return (await showProc({ path: masterSocket, timeoutMs: signalMs })).masterPid;
  } catch {
    return undefined;
  }
}
