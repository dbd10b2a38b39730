import assert from "node:assert/strict";
import { nodeKey } from "@fairway/contract";
import { bridge, given, keyOf } from "../given.ts";
import { cacheOf, db, judge, one, pair, served } from "./a-cache.ts";

const two = keyOf(db, { container: "two" });

describe("a cache that was compared with the registry", () => {
  it("keeps what does not differ, takes in what was written, and has what is gone judged after 3 s", () => {
    const records = pair().node("node-1", { synced: true });
    const cache = cacheOf(records);
    cache.onEvent({ type: "lost", reason: "away" }, 0);
    const moved = given(records.revision)
      .of("shop", "db")
      .endpoint({ container: "three", addresses: [bridge("172.17.0.4")] });
    const three = keyOf(db, { container: "three" });
    const puts = moved.stored.map((stored) => ({ type: "put", stored }) as const);
    const gone = { type: "delete", key: two, modRevision: 20n } as const;
    cache.takeChanges(0);
    cache.onEvent({ type: "compared", revision: 20n, changes: [gone, ...puts] }, 1000);
    assert.deepEqual([cache.isConnected, cache.isComplete, cache.revision], [true, true, 20n]);
    assert.equal(cache.takeChanges(1000).isResync, true);
    assert.deepEqual(served(cache).toSorted(), [one, two, three].toSorted());
    assert.deepEqual([cache.missing.due(3999).length, cache.missing.due(4000).length], [0, 1]);
    judge(cache, given().service("shop", "db").endpoint().node("node-1", { synced: true }), 4000);
    assert.deepEqual(served(cache).toSorted(), [one, three].toSorted());
  });

  it("reads nodes first: whether an endpoint's record counts depends on its node", () => {
    const records = pair().node("node-1", { synced: true, session: "past" });
    const cache = cacheOf(records);
    const listed = records.listed();
    assert.ok(listed.type === "listed");
    cache.onEvent({ ...listed, hasForgotten: true }, 0);
    const anew = given(50n).of("shop", "db").endpoint({ container: "three" }).node("node-1", { session: "new" });
    const changes = anew.stored.map((stored) => ({ type: "put", stored }) as const);
    cache.onEvent({ type: "compared", revision: anew.revision, changes }, 0);
    assert.ok(cache.endpoints.get(keyOf(db, { container: "three" })));
    assert.equal(cache.unreadable.size, 0);
    assert.equal(anew.stored.at(-1)?.key, nodeKey("node-1"));
  });
});
