import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { innermost } from "./innermost.ts";
import { signalProcess } from "./signal-process.ts";
import { until } from "./until.ts";

/** How a process ended. */
export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** What to start. */
export type ChildFacts = {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Takes its output, appended. */
  readonly logFile: string;
};

/** A process of ours that runs until it is told to stop. */
export type Child = {
  readonly name: string;
  readonly logFile: string;
  /** Of the process that was started; with wrappers around the program, the outermost. */
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly hasEnded: () => boolean;
  /** Sends a signal to the program itself, past wrappers; false when it is gone. */
  readonly signal: (signal: NodeJS.Signals) => boolean;
  /** SIGTERM, and SIGKILL when it has not ended after the grace. Resolves when it is gone. */
  readonly stop: (graceMs?: number) => Promise<Ended>;
};

/**
 * Starts a process in a session of its own, so that a Ctrl-C at the terminal reaches only us, and bound to our
 * life: the kernel kills it when we end without stopping it. Its environment is exactly the given one, plus PATH and HOME.
 */
export function startChild({ name, command, env = {}, cwd, logFile }: ChildFacts): Child {
  const log = openSync(logFile, "a");
  const { PATH = "/usr/sbin:/usr/bin:/sbin:/bin", HOME = "/root" } = process.env;
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
    detached: true,
    stdio: ["ignore", log, log],
    env: { PATH, HOME, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  closeSync(log);
  let end: Ended | undefined;
  const ended = new Promise<Ended>((resolve) => {
    child.once("error", () => resolve((end = { code: 127, signal: null })));
    child.once("exit", (code, signal) => resolve((end = { code, signal })));
  });
  const pid = child.pid ?? -1;
  const hasEnded = () => end !== undefined;
  const signal = (name: NodeJS.Signals) => !hasEnded() && send(pid, name);
  const stop = async (graceMs = 10_000) => stopWithin(graceMs, { ended, signal, pid });
  return { name, logFile, pid, ended, hasEnded, signal, stop };
}

/**
 * Waits until a child is ready by a condition. When it ends or is late instead, or the signal aborts, it is stopped
 * and this throws, with the end of its log.
 */
export async function whenReady(
  child: Child,
  isReady: () => boolean | Promise<boolean>,
  { withinMs, signal }: { withinMs: number; signal?: AbortSignal | undefined },
): Promise<void> {
  try {
    await until(async () => child.hasEnded() || (await isReady()), { what: child.name, withinMs, signal });
  } catch (error) {
    await child.stop();
    signal?.throwIfAborted();
    throw new Error(`${child.name} is not ready after ${withinMs / 1000} s; ${await logTail(child)}`, { cause: error });
  }
  if (!child.hasEnded()) return;
  throw new Error(`${child.name} ended at once (${told(await child.ended)}); ${await logTail(child)}`);
}

/** How a process ended, in words. */
export function told({ code, signal }: Ended): string {
  return signal === null ? `exit code ${code}` : `killed by ${signal}`;
}

/** The last lines of a child's log, headed by its path. */
export async function logTail({ logFile }: Child, lines = 15): Promise<string> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  return [`the end of ${logFile}:`, ...text.trimEnd().split("\n").slice(-lines)].join("\n  ");
}

type Stoppable = Pick<Child, "ended" | "signal" | "pid">;

async function stopWithin(graceMs: number, { ended, signal, pid }: Stoppable): Promise<Ended> {
  signal("SIGTERM");
  const late = setTimeout(() => {
    signal("SIGKILL");
    signalProcess(pid, "SIGKILL");
  }, graceMs);
  try {
    return await ended;
  } finally {
    clearTimeout(late);
  }
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  const program = innermost(pid);
  // nsenter stops itself when its child stops, and would not see the child's end later.
  if (signal === "SIGCONT") signalProcess(pid, signal);
  return program !== undefined && signalProcess(program, signal);
}
