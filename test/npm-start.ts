import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild } from "@fairway/standalone";
import type { Child } from "@fairway/standalone";
import { eventually } from "./lab/index.ts";
import type { Member } from "./lab/world/member.ts";

/** The working tree, where `npm start` is run. */
export const clone = fileURLToPath(new URL("..", import.meta.url));
const readyWithin = 60_000;

/** A start of Fairway as `npm start` makes it, with what it has printed. */
export type Start = { readonly child: Child; readonly printed: () => string };

let starts = 0;

/** FAIRWAY_DIRECTORY of a machine. */
export function stateOf(machine: Member): string {
  return join(machine.directory, "state");
}

/** Starts Fairway on a machine; its files are the machine's. */
export function start(
  machine: Member,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Start {
  starts += 1;
  const logFile = join(machine.directory, `start-${starts}.log`);
  const command = [...machine.wrapper, "env", `--chdir=${clone}`, process.execPath, "setup/start.mjs", ...args];
  const settings = { FAIRWAY_DIRECTORY: stateOf(machine), ...env };
  const child = startChild({ name: "npm start", command, env: settings, logFile });
  return { child, printed: () => readFileSync(logFile, "utf8") };
}

/** The table that was printed last. */
export function lastTable(printed: string): string {
  return printed.slice(printed.lastIndexOf("listener "));
}

/** Starts it and waits until it says that it is ready. */
export async function started(machine: Member, env?: Readonly<Record<string, string>>): Promise<Start> {
  const one = start(machine, env);
  const isReady = () => assert.match(one.printed(), /^ready: /m);
  await eventually(() => one.child.hasEnded() || isReady(), { within: readyWithin });
  isReady();
  return one;
}
