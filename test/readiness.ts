import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { programCommand, startChild } from "@fairway/standalone";
import { eventually } from "./lab/index.ts";
import type { LabNode, LabProgram } from "./lab/index.ts";

const within = 20_000;

/** Waits until a program says that it is ready. */
export function isReady(program: LabProgram): Promise<void> {
  return eventually(async () => assert.equal((await program.admin("/readyz")).body, "ready\n"), { within });
}

/** Waits until a program says that it is not ready, and why. */
export function isNotReady(program: LabProgram, reason: RegExp): Promise<void> {
  return eventually(
    async () => {
      const { status, body } = await program.admin("/readyz");
      assert.match(body, reason);
      assert.equal(status, 503);
    },
    { within },
  );
}

/** How often a program has logged a message. */
export async function timesSaid(program: LabProgram, message: string): Promise<number> {
  return (await program.log()).split("\n").filter((line) => line.includes(`"msg":"${message}"`)).length;
}

/** Runs a program on a node until it ends by itself, and kills it when it is late; answers its exit code and what it wrote. */
export async function runToEnd(
  { wrapper, directory }: LabNode,
  name: "registrar" | "proxy-agent",
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; lines: readonly string[] }> {
  const logFile = join(directory, `${name}-${randomUUID()}.log`);
  const child = startChild({ name, command: [...wrapper, ...programCommand(name)], env, logFile });
  const late = setTimeout(() => child.signal("SIGKILL"), within);
  const { code } = await child.ended;
  clearTimeout(late);
  return { code, lines: (await readFile(logFile, "utf8")).trim().split("\n") };
}
