import assert from "node:assert/strict";
import { deleted, given } from "../given.ts";
import { judge, one, reading, served, cacheOf } from "./a-cache.ts";

describe("a deleted endpoint", () => {
  for (const [title, record, expected] of [
    ["is gone when its node is synced", given().node("node-1"), []],
    ["is orphaned when its node has no record", given(), [one]],
    ["is orphaned when its node is not synced", given().node("node-1", { synced: false }), [one]],
    ["is orphaned when its node's record cannot be read", given().put("nodes/node-1", "{"), [one]],
    ["lives on when the registry has it again", given().endpoint().node("node-1"), [one]],
  ] as const) {
    it(title, () => {
      const cache = cacheOf(given().endpoint());
      cache.onEvent(deleted(9n, one), 0);
      assert.deepEqual(served(cache), [one]);
      judge(cache, record, 0);
      assert.deepEqual(served(cache), expected);
      assert.deepEqual(cache.missing.due(0), []);
    });
  }

  it("is judged anew when it came and went while the registry was asked", () => {
    const cache = cacheOf(given().endpoint());
    cache.onEvent(deleted(9n, one), 0);
    const asked = cache.missing.due(0);
    cache.onEvent(given(10n).endpoint().changed(), 0);
    cache.onEvent(deleted(12n, one), 0);
    cache.settle(asked, reading(given(10n).endpoint()), { now: 0 });
    assert.deepEqual(
      Array.from(cache.missing.values(), ({ key }) => key),
      [one],
    );
    assert.deepEqual(
      cache.missing.due(0).map(({ key }) => key),
      [one],
    );
  });

  it("is judged anew when its node has spoken since the registry was asked", () => {
    const cache = cacheOf(given().node("node-1", { synced: false }).endpoint());
    cache.onEvent(deleted(9n, one), 0);
    const asked = cache.missing.due(0);
    const spoken = given(20n).node("node-1");
    cache.onEvent(spoken.changed(), 0);
    cache.settle(asked, reading(given(8n).node("node-1", { synced: false })), { now: 0 });
    assert.ok(cache.missing.nextLook(0) < 1000);
    judge(cache, spoken, cache.missing.nextLook(0));
    assert.deepEqual(served(cache), []);
  });

  it("that is put again in the same breath lives on, whoever else has its address", () => {
    const cache = cacheOf(given().endpoint().service("other", "web").endpoint());
    const again = given(9n)
      .endpoint()
      .stored.map((stored) => ({ type: "put", stored }) as const);
    cache.onEvent(
      { type: "changed", revision: 10n, changes: [{ type: "delete", key: one, modRevision: 9n }, ...again] },
      0,
    );
    assert.ok(served(cache).includes(one));
    assert.equal(cache.missing.size, 0);
  });

  it("is held while the registry cannot be read", () => {
    const cache = cacheOf(given().endpoint());
    cache.onEvent(deleted(9n, one), 0);
    assert.deepEqual(
      cache.missing.due(0).map(({ key }) => key),
      [one],
    );
    assert.deepEqual(
      cache.missing.due(60_000).map(({ key }) => key),
      [one],
    );
    assert.deepEqual(served(cache), [one]);
  });

  it("is held for 3 s when a new session misses it", () => {
    const cache = cacheOf(given().node("node-1").endpoint());
    cache.onEvent(given(5n).node("node-1").listed(), 1000);
    assert.deepEqual(cache.missing.due(3999), []);
    assert.equal(cache.missing.nextLook(1000), 4000);
    judge(cache, given(5n).node("node-1"), 4000);
    assert.deepEqual(served(cache), []);
  });
});
