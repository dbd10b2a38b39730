import assert from "node:assert/strict";
import type { MissingEndpoint } from "../../src/registry/missing-endpoints.ts";
import { UnservedOrphans } from "../../src/registry/unserved-orphans.ts";

const minute = 60_000;
const graceMs = 10 * minute;
const orphan = (key: string, since: number): MissingEndpoint => {
  return { key, state: "orphaned", since, heldUntil: since, machine: null };
};

type Step = readonly [
  what: string,
  orphans: readonly MissingEndpoint[],
  served: readonly string[],
  minutes: number,
  over: readonly string[],
];

describe("an orphan that no listener serves", () => {
  const both = [orphan("a", 0), orphan("b", 0)];
  const again = [orphan("a", 60 * minute)];
  const stories: Readonly<Record<string, readonly Step[]>> = {
    "is over as its grace ends if it never had a server": [
      ["begins", both, ["b"], 0, []],
      ["a minute is over, its grace is not", both, ["b"], 1, []],
      ["just before its grace ends", both, ["b"], 9.99, []],
      ["as its grace ends", both, ["b"], 10, ["a"]],
    ],
    "has a minute from its last server": [
      ["without one for a moment", both, ["b"], 2, []],
      ["served again", both, ["a", "b"], 2.1, []],
      ["past its grace", both, ["a", "b"], 10, []],
      ["without one once", both, ["b"], 11, []],
      ["just before that minute is over", both, ["b"], 11.99, []],
      ["after that minute", both, ["b"], 12, ["a"]],
      ["served after all", both, ["a", "b"], 12.1, []],
    ],
    "begins anew when it has lived": [
      ["past its grace", both, ["b"], 10, []],
      ["no orphans at all", [], [], 10.5, []],
      ["an hour later", again, [], 70, []],
      ["a minute after that", again, [], 71, ["a"]],
    ],
  };
  for (const [title, steps] of Object.entries(stories)) {
    it(title, () => {
      const orphans = new UnservedOrphans(graceMs);
      for (const [what, all, served, minutes, over] of steps)
        assert.deepEqual(orphans.take(all, new Set(served), minutes * minute), over, what);
    });
  }
});
