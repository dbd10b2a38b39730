import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runGroup } from "../src/rollout/run-group.ts";

/** A shell and a program of its, which end by themselves after so many seconds. */
const endsAfter = 20;

describe("a program that is run in a group of its own", () => {
  const rows = [
    ["ends when it is interrupted", "", 60_000],
    ["is killed, with what it started, when it does not end by that", 'trap "" INT;', 100],
  ] as const;
  for (const [title, first, killMs] of rows) {
    it(title, async () => {
      const directory = mkdtempSync(join(tmpdir(), "fairway-group-"));
      const file = join(directory, "begun");
      const command = ["sh", "-c", `${first} echo begun; : > "$0"; sleep ${endsAfter}; echo ended`, file];
      const interrupt = new AbortController();
      const beganMs = performance.now();
      const running = runGroup(command, process.env, interrupt.signal, killMs);
      while (!existsSync(file)) await delay(10);
      interrupt.abort();
      const { isDone, stdout } = await running;
      rmSync(directory, { recursive: true });
      assert.deepEqual([isDone, stdout], [false, "begun\n"]);
      assert.ok(performance.now() - beganMs < endsAfter * 1000, "it ended by itself");
    });
  }
});
