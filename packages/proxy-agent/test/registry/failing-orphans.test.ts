import assert from "node:assert/strict";
import { failingOrphans } from "../../src/registry/judge-missing.ts";
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
