import { readFileSync } from "node:fs";
import { kill } from "node:process";
import { setTimeout as delay } from "node:timers/promises";

/** One process of the machine, so that another one under a reused pid is not taken for it. */
export type OsProcess = {
  readonly pid: number;
  /** In clock ticks since boot, as /proc gives it. */
  readonly startTime: string;
};

/** The process of that pid; undefined: there is none, or it has ended and waits to be collected. */
export function findProcess(pid: number): OsProcess | undefined {
  const stat = readProc(pid, "stat");
  // The name stands in parentheses and may hold anything; state and start time are counted from its end.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  const [state, threads, startTime] = [fields[0], fields[17], fields[19]];
  if (state === undefined || startTime === undefined) return undefined;
  // A main thread may have ended before the others, which still hold the process's sockets.
  if ("ZX".includes(state) && Number(threads) <= 1) return undefined;
  return { pid, startTime };
}

export function isAlive(process: OsProcess): boolean {
  return findProcess(process.pid)?.startTime === process.startTime;
}

/** The words that a process was started with; empty: not readable. */
export function argumentsOf(pid: number): readonly string[] {
  return readProc(pid, "cmdline")?.split("\0").slice(0, -1) ?? [];
}

/** Sends a signal; a process that has just ended needs none, and one that may not be signalled is not ours. */
export function send(process: OsProcess, signal: "SIGUSR1" | "SIGTERM" | "SIGKILL"): void {
  try {
    kill(process.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM"))) throw error;
  }
}

/** How often it is looked whether a process has ended. */
const lookEveryMs = 50;

/** Resolves with true once the process is gone, with false when `limitMs` or the signal came first. */
export async function awaitGone(process: OsProcess, limitMs: number, signal?: AbortSignal): Promise<boolean> {
  const end = performance.now() + limitMs;
  while (isAlive(process)) {
    if (signal?.aborted || performance.now() >= end) return false;
    await delay(lookEveryMs);
  }
  return true;
}

/** Waits for no disk: /proc is read at once, for a twentieth of what the same costs through Node's pool of threads. */
function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return undefined;
  }
}
