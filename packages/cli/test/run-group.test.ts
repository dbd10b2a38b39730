import assert from "node:assert/strict";
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
      const beganMs = performance.now();
      const command = ["sh", "-c", `${first} echo begun; sleep ${endsAfter}; echo ended`];
      const { isDone, stdout } = await runGroup(command, process.env, AbortSignal.timeout(1000), killMs);
      assert.deepEqual([isDone, stdout], [false, "begun\n"]);
      assert.ok(performance.now() - beganMs < endsAfter * 1000, "it ended by itself");
    });
  }
});
