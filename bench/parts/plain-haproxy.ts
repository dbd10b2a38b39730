import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ask, startChild, whenReady } from "@fairway/standalone";
import type { Child } from "@fairway/standalone";
import type { LabNode } from "../../test/lab/index.ts";

/** A HAProxy with a file written by hand. */
export type PlainHaproxy = {
  readonly child: Child;
  readonly file: string;
  readonly socket: string;
};

/** What somebody writes who needs no more than that. */
export const plainHead = [
  "defaults",
  "  mode tcp",
  "  timeout connect 5s",
  "  timeout client 1h",
  "  timeout server 1h",
];

export type PlainFacts = {
  readonly name: string;
  /** Sections after `global`. */
  readonly lines: readonly string[];
};

/** Starts HAProxy on a node, in master-worker mode, and waits until it answers. It ends with the lab. */
export async function startPlainHaproxy(node: LabNode, { name, lines }: PlainFacts): Promise<PlainHaproxy> {
  const file = join(node.directory, `${name}.cfg`);
  const socket = join(node.directory, `${name}.sock`);
  await writeFile(file, plainText(socket, lines));
  const logFile = join(node.directory, `${name}.log`);
  const child = startChild({ name, command: [...node.wrapper, "haproxy", "-W", "-f", file], logFile });
  await whenReady(child, async () => (await ask(socket, "show info")) !== "", { withinMs: 20_000 });
  return { child, file, socket };
}

/** The whole file. */
export function plainText(socket: string, lines: readonly string[]): string {
  const global = ["global", `  stats socket ${socket} mode 600 level admin expose-fd listeners`, "  maxconn 4096"];
  return [...global, ...lines, ""].join("\n");
}
