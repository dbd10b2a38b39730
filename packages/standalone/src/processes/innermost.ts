import { readFileSync } from "node:fs";

/** Programs that only set the scene for another one and wait for it. */
const wrappers = new Set(["nsenter", "unshare", "setpriv", "env"]);

/**
 * The process that a command line is about: past `nsenter` and its like, which fork the program and take
 * signals for themselves. Undefined while a wrapper has not started it yet, or when it is gone.
 */
export function innermost(pid: number): number | undefined {
  const name = read(`/proc/${pid}/comm`)?.trim();
  if (name === undefined) return undefined;
  if (!wrappers.has(name)) return pid;
  const child = Number(read(`/proc/${pid}/task/${pid}/children`)?.trim().split(" ")[0]);
  return child > 0 ? innermost(child) : undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
