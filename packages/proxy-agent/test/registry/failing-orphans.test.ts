import assert from "node:assert/strict";
import { failingOrphans, workingEndpoints } from "../../src/registry/judge-missing.ts";
import { desiredOf } from "../facts.ts";
import { given, keyOf } from "../given.ts";

const key = keyOf({ project: "shop", service: "db" });
const { listeners } = desiredOf(
  given()
    .service("shop", "db")
    .endpoint({ listen: [6379, 6380].map((port) => ({ port, ssl: false })) }),
);
const health = (...isDown: readonly boolean[]) => {
  return listeners.slice(0, isDown.length).map(({ port, servers }, index) => ({
    listener: port,
    name: servers[0]?.name ?? "",
    isDown: isDown[index] ?? false,
    upMs: isDown[index] ? 0 : 60_000,
  }));
};

describe("an orphan's check", () => {
  for (const [title, told, orphans, expected] of [
    ["fails when all its servers are down", health(true, true), [key], [key]],
    ["passes while one of them is up", health(true, false), [key], []],
    ["is not known when HAProxy does not tell of it", [], [key], []],
    ["does not matter for a living endpoint", health(true, true), [], []],
  ] as const) {
    it(title, () => assert.deepEqual(failingOrphans(new Set(orphans), listeners, told), expected));
  }
});

describe("what orphans leave beside", () => {
  for (const [title, told, provenMs, expected] of [
    ["are endpoints whose servers are up", health(false, true), 60_000, [`6379/${key}`]],
    ["are none that have just come, as every server begins up", health(false, false), 60_001, []],
    ["are none that HAProxy does not tell of", [], 0, []],
  ] as const) {
    it(title, () => assert.deepEqual([...workingEndpoints(listeners, told, provenMs)], expected));
  }
});
