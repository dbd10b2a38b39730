import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";

/** A process that watches or makes traffic for a test. */
export type Probe = ChildProcessByStdio<Writable, Readable, null>;

/**
 * Starts a process that ends with ours at the latest, and does not keep ours from ending: a test that fails may never
 * have stopped it.
 */
export function spawnProbe(command: readonly string[], env: Readonly<Record<string, string>> = {}): Probe {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.unref();
  for (const stream of child.stdio) if (stream instanceof Socket) stream.unref();
  return child;
}
