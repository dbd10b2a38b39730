import assert from "node:assert/strict";
import { UnservedOrphans } from "../../src/registry/unserved-orphans.ts";

const minute = 60_000;
const set = (...keys: readonly string[]) => new Set(keys);

describe("an orphan that no listener serves", () => {
  const steps: readonly (readonly [string, ReadonlySet<string>, ReadonlySet<string>, number, readonly string[]])[] = [
    ["is not known to be one at once", set("a", "b"), set("b"), 0, []],
    ["is none before a minute is over", set("a", "b"), set("b"), minute - 1, []],
    ["is one after a minute", set("a", "b"), set("b"), minute, ["a"]],
    ["is none once it has a server", set("a", "b"), set("a", "b"), minute + 1, []],
    ["begins anew when that has left", set("a", "b"), set("b"), minute + 2, []],
    ["is none an instant before that minute is over", set("a", "b"), set("b"), 2 * minute + 1, []],
    ["is one again after that minute", set("a"), set(), 2 * minute + 2, ["a"]],
    ["is forgotten when it lives again", set(), set(), 2 * minute + 3, []],
    ["is an orphan anew after that", set("a"), set(), 2 * minute + 4, []],
  ];
  const orphans = new UnservedOrphans();
  for (const [title, all, served, now, expected] of steps)
    it(title, () => assert.deepEqual(orphans.take(all, served, now), expected));
});
