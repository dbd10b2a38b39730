import assert from "node:assert/strict";
import { RegistryCache } from "../../src/registry/cache.ts";
import { cacheSnapshotSchema } from "../../src/registry/cache-snapshot.ts";
import { bridge, deleted, given, keyOf } from "../given.ts";
import { db, judge, one, reading, served, cacheOf } from "./a-cache.ts";

describe("a registry that went back", () => {
  const before = () => given(1000n).node("node-1", { session: "session-2" }).endpoint();

  const backup = given(500n).node("node-1", { session: "session-2" });
  const kept = given(1000n).node("node-1", { session: "session-2" });
  for (const [title, restored, revision, hasForgotten] of [
    ["by its revision", backup, 501n, false],
    ["by an older record, its revision already passed", backup.service("x", "y"), 2000n, false],
    ["by a write that it does not know, its revision already passed", kept, 2000n, true],
  ] as const) {
    it(`removes nothing on the word of a session from before (seen ${title})`, () => {
      const cache = cacheOf(before());
      const { stored } = reading(restored);
      cache.onEvent({ type: "listed", listing: { revision, stored }, hasForgotten }, 0);
      judge(cache, restored, 3000);
      assert.deepEqual(served(cache), [one]);
      assert.equal(cache.missing.get(one)?.state, "orphaned");
    });
  }

  it("is asked about the newest write that is held, of an endpoint or a node", () => {
    const cache = cacheOf(before());
    assert.deepEqual(cache.newest(), { key: one, modRevision: 1002n });
    cache.onEvent(given(2000n).node("node-1", { session: "session-3" }).changed(), 0);
    assert.deepEqual(cache.newest(), { key: "nodes/node-1", modRevision: 2001n });
    assert.equal(new RegistryCache().newest(), undefined);
  });

  it("believes a node once it has a session that was never seen", () => {
    const cache = cacheOf(before());
    cache.onEvent(given(500n).node("node-1", { session: "session-2" }).listed(), 0);
    judge(cache, given(500n).node("node-1", { session: "session-2" }), 3000);
    const renewed = given(510n).node("node-1", { session: "session-3" });
    cache.onEvent(renewed.changed(), 3001);
    judge(cache, renewed, 3001);
    assert.deepEqual(served(cache), []);
  });

  it("does not believe the session that the backup holds, though it is not the last one", () => {
    const cache = cacheOf(given(900n).node("node-1", { session: "session-1" }).endpoint());
    cache.onEvent(before().changed(), 0);
    const backup = given(500n).node("node-1", { session: "session-1" });
    cache.onEvent(backup.listed(), 0);
    judge(cache, backup, 3000);
    assert.deepEqual(served(cache), [one]);
  });

  it("goes on to believe a node when another registers anew, at a lower revision than it once had", () => {
    const cache = cacheOf(before().node("node-9"));
    cache.onEvent(given(500n).node("node-1", { session: "session-2" }).listed(), 0);
    cache.onEvent(given(510n).node("node-1", { session: "session-3" }).endpoint().changed(), 1);
    const both = given(520n).node("node-9", { session: "session-9" });
    both.stored.push(...given(510n).node("node-1", { session: "session-3" }).stored);
    cache.onEvent(both.listed(), 2);
    judge(cache, both, 3002);
    assert.deepEqual(served(cache), [], "node-1 says that it is synced without it");
  });

  it("is not asked for ever about a node's record of before that can no longer be read", () => {
    const cache = cacheOf(given(1000n).node("node-1"));
    const unreadable = given(500n).put("nodes/node-1", `{"v":2}`);
    for (const _ of ["first", "second"]) {
      cache.onEvent(unreadable.listed(), 0);
      assert.equal(cache.newest(), undefined);
    }
  });

  it("goes on to distrust after a restart of the agent", () => {
    const cache = cacheOf(before());
    cache.onEvent(given(500n).node("node-1", { session: "session-2" }).listed(), 0);
    const next = new RegistryCache({
      snapshot: cacheSnapshotSchema.parse(JSON.parse(JSON.stringify(cache.snapshot()))),
    });
    next.onEvent(given(600n).node("node-1", { session: "session-2" }).listed(), 1);
    judge(next, given(600n).node("node-1", { session: "session-2" }), 4000);
    assert.deepEqual(served(next), [one]);
  });

  it("takes in other content under a revision that it has seen before", () => {
    const cache = cacheOf(given(500n).endpoint().node("node-1", { session: "session-2" }).claim("x", 1));
    const moved = given(500n)
      .endpoint({ addresses: [bridge("172.17.0.9")] })
      .node("node-1", { session: "session-3" });
    cache.onEvent(moved.listed(), 0);
    assert.equal(cache.atPort(6379)[0]?.endpoint.addresses[0]?.ip, "172.17.0.9");
  });

  it("neither takes in nor lets displace what a node that has not spoken since had in the past, and tells so", () => {
    const cache = cacheOf(before());
    const past = given(500n).node("node-1", { session: "session-2" }).endpoint({ container: "past" });
    cache.onEvent(past.listed(), 0);
    judge(cache, past, 3000);
    assert.deepEqual(served(cache), [one], "though the past one has its address");
    assert.deepEqual(
      [...cache.unreadable.values()].map(({ key, code }) => [key, code]),
      [[keyOf(db, { container: "past" }), "record-of-the-past"]],
    );
    const spoke = given(510n).node("node-1", { session: "session-3", synced: false }).endpoint();
    cache.onEvent(spoke.changed(), 3001);
    cache.onEvent(deleted(520n, keyOf(db, { container: "past" })), 3002);
    assert.deepEqual(served(cache), [one]);
    assert.deepEqual([cache.unreadable.size, cache.missing.size], [0, 0]);
  });

  it("keeps what it knows of an endpoint until its node has spoken", () => {
    const cache = cacheOf(before());
    const past = given(500n)
      .node("node-1", { session: "session-2" })
      .endpoint({ addresses: [bridge("172.17.0.9")] });
    cache.onEvent(past.listed(), 0);
    const ip = () => cache.atPort(6379)[0]?.endpoint.addresses[0]?.ip;
    assert.equal(ip(), "172.17.0.2");
    cache.onEvent(
      given(510n)
        .node("node-1", { session: "session-3", synced: false })
        .endpoint({ addresses: [bridge("172.17.0.8")] })
        .changed(),
      1,
    );
    assert.equal(ip(), "172.17.0.8");
  });

  it("holds what a node has when the backup tells of an earlier boot", () => {
    const cache = cacheOf(given(400n).node("node-1", { session: "session-1", bootId: "boot-1" }));
    cache.onEvent(given(1000n).node("node-1", { session: "session-2", bootId: "boot-2" }).endpoint().changed(), 0);
    cache.onEvent(given(400n).node("node-1", { session: "session-1", bootId: "boot-1" }).listed(), 0);
    const back = given(402n).node("node-1", { session: "session-3", bootId: "boot-2", synced: false });
    cache.onEvent(back.changed(), 1);
    assert.deepEqual(served(cache), [one]);
  });
});
