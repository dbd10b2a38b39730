import assert from "node:assert/strict";
import { RegistryCache } from "../../src/registry/cache.ts";
import { deleted, given, keyOf } from "../given.ts";
import { db, one, pair, portsChangedBy, served, cacheOf } from "./a-cache.ts";

describe("RegistryCache", () => {
  it("lets go of what is outside of a scope, and of that alone", () => {
    const cache = cacheOf(pair().service("shopping", "db").endpoint({ container: "three" }));
    assert.deepEqual(
      portsChangedBy(cache, () => cache.keepWithin(["endpoints/", "endpoints/bank/"])),
      [],
    );
    assert.deepEqual(
      portsChangedBy(cache, () => cache.keepWithin(["endpoints/bank/", "endpoints/shopping/"])),
      [6379],
    );
    assert.deepEqual(served(cache), [keyOf({ project: "shopping", service: "db" }, { container: "three" })]);
  });

  it("tells which front ports to look at again", () => {
    const cache = new RegistryCache();
    assert.deepEqual(
      portsChangedBy(cache, () => cache.onEvent(pair().listed(), 0)),
      [6379],
    );
    const moved = given(10n)
      .service("shop", "db")
      .endpoint({ listen: [{ port: 7000, ssl: false }] });
    assert.deepEqual(
      portsChangedBy(cache, () => cache.onEvent(moved.changed(), 0)),
      [6379, 7000],
    );
    assert.deepEqual(
      portsChangedBy(cache, () => cache.onEvent(given(20n).node("node-9").changed(), 0)),
      [],
    );
    assert.equal(cache.revision, 21n);
  });

  it("changes nothing when a list shows what it knows", () => {
    const cache = cacheOf(pair());
    assert.deepEqual(
      portsChangedBy(cache, () => cache.onEvent(pair().listed(), 0)),
      [],
    );
  });

  it("is complete once listed, connected until lost, and keeps everything when lost", () => {
    const cache = new RegistryCache();
    assert.deepEqual([cache.isComplete, cache.isConnected], [false, false]);
    cache.onEvent(pair().listed(), 0);
    assert.deepEqual([cache.isComplete, cache.isConnected], [true, true]);
    assert.deepEqual(
      portsChangedBy(cache, () => cache.onEvent({ type: "lost", reason: "away" }, 0)),
      [],
    );
    assert.deepEqual([cache.isComplete, cache.isConnected, served(cache).length], [true, false, 2]);
  });

  for (const [title, value, code] of [
    ["not JSON", "{", "record-not-json"],
    ["not of the schema", `{"v":1}`, "record-not-valid"],
    ["of a newer version", `{"v":2}`, "record-newer-version"],
  ] as const) {
    it(`skips and reports a record that is ${title}, and serves all others`, () => {
      const bad = keyOf(db, { container: "bad" });
      const cache = cacheOf(pair().put(bad, value).put("nodes/node-1", value));
      assert.deepEqual(
        [...cache.unreadable.values()].map((each) => [each.key, each.code]),
        [
          [bad, code],
          ["nodes/node-1", code],
        ],
      );
      assert.equal(served(cache).length, 2);
      cache.onEvent(deleted(90n, bad, "nodes/node-1"), 0);
      assert.equal(cache.unreadable.size, 0);
    });
  }

  it("goes on with what it knew when a record becomes unreadable", () => {
    const cache = cacheOf(given().endpoint());
    cache.onEvent(given(5n).put(one, `{"v":2}`).changed(), 0);
    assert.deepEqual([served(cache), cache.unreadable.size], [[one], 1]);
  });
});
