import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { bundledScript } from "./bundled-script.ts";
import { spawnBound } from "./spawn-bound.ts";

/** A script of this directory that runs in a process of its own. */
export type Program = {
  readonly process: ChildProcess;
  /** Resolves when it prints this line. */
  readonly printed: (line: string) => Promise<void>;
  /** Sends a signal and resolves with the exit code, null after a kill. */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>;
};

/** Starts a script; whoever starts it ends it. */
export function startProgram(script: string, ...args: readonly string[]): Program {
  const file = bundledScript(new URL(script, import.meta.url).pathname);
  const child = spawnBound(process.execPath, [file, ...args], ["ignore", "pipe", "inherit"]);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout ?? Readable.from([]) }).on("line", (line) => lines.push(line));
  return {
    process: child,
    printed: async (line) => {
      while (!lines.includes(line)) await once(reader, "line");
    },
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exit = once(child, "exit");
      if (signal !== undefined) child.kill(signal);
      await exit;
      return child.exitCode;
    },
  };
}
