import assert from "node:assert/strict";
import { nextLook } from "../../src/registry/orphans.ts";
import type { Absence } from "../../src/registry/absence.ts";

const missing: Absence = { key: "", state: "missing", since: 100, heldUntil: 3100, machine: null };
const orphaned: Absence = { ...missing, state: "orphaned", since: 2000 };

describe("the next look at what is missed", () => {
  for (const [title, absences, now, expected] of [
    ["never comes when nothing is missed", [], 0, Infinity],
    ["is the first time that lies ahead", [orphaned, missing], 0, 2500],
    ["is not at a time that has come", [orphaned, missing], 2500, 3100],
    ["is found among 300,000", Array.from({ length: 300_000 }, () => orphaned), 0, 2500],
  ] as const) {
    it(title, () => {
      assert.equal(nextLook(absences, { now, graceMs: 500 }), expected);
    });
  }
});
