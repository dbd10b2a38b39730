import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Child } from "@fairway/standalone";
import { eventually } from "./lab/index.ts";
import type { LabProgram } from "./lab/index.ts";

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

/** Waits for a program that ends by itself, and kills it when it is late; answers its exit code and what it wrote. */
export async function endOf(
  child: Child,
  withinMs: number,
): Promise<{ code: number | null; lines: readonly string[] }> {
  const late = setTimeout(() => child.signal("SIGKILL"), withinMs);
  const { code } = await child.ended;
  clearTimeout(late);
  return { code, lines: (await readFile(child.logFile, "utf8")).trim().split("\n") };
}
