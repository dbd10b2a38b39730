import assert from "node:assert/strict";
import { View } from "../../src/registry/view.ts";
import { viewSnapshotSchema } from "../../src/registry/view-snapshot.ts";
import { bridge, deleted, given, keyOf } from "../given.ts";
import { db, judge, one, reading, served, viewOf } from "./a-view.ts";

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
      const view = viewOf(before());
      const { stored } = reading(restored);
      view.fold({ type: "listed", listing: { revision, stored }, hasForgotten }, 0);
      judge(view, restored, 3000);
      assert.deepEqual(served(view), [one]);
      assert.equal(view.absences.get(one)?.state, "orphaned");
    });
  }

  it("is asked about the newest write that is held, of an endpoint or a node", () => {
    const view = viewOf(before());
    assert.deepEqual(view.newest(), { key: one, modRevision: 1002n });
    view.fold(given(2000n).node("node-1", { session: "session-3" }).changed(), 0);
    assert.deepEqual(view.newest(), { key: "nodes/node-1", modRevision: 2001n });
    assert.equal(new View().newest(), undefined);
  });

  it("believes a node once it has a session that was never seen", () => {
    const view = viewOf(before());
    view.fold(given(500n).node("node-1", { session: "session-2" }).listed(), 0);
    judge(view, given(500n).node("node-1", { session: "session-2" }), 3000);
    const renewed = given(510n).node("node-1", { session: "session-3" });
    view.fold(renewed.changed(), 3001);
    judge(view, renewed, 3001);
    assert.deepEqual(served(view), []);
  });

  it("does not believe the session that the backup holds, though it is not the last one", () => {
    const view = viewOf(given(900n).node("node-1", { session: "session-1" }).endpoint());
    view.fold(before().changed(), 0);
    const backup = given(500n).node("node-1", { session: "session-1" });
    view.fold(backup.listed(), 0);
    judge(view, backup, 3000);
    assert.deepEqual(served(view), [one]);
  });

  it("goes on to believe a node when another registers anew, at a lower revision than it once had", () => {
    const view = viewOf(before().node("node-9"));
    view.fold(given(500n).node("node-1", { session: "session-2" }).listed(), 0);
    view.fold(given(510n).node("node-1", { session: "session-3" }).endpoint().changed(), 1);
    const both = given(520n).node("node-9", { session: "session-9" });
    both.stored.push(...given(510n).node("node-1", { session: "session-3" }).stored);
    view.fold(both.listed(), 2);
    judge(view, both, 3002);
    assert.deepEqual(served(view), [], "node-1 says that it is synced without it");
  });

  it("is not asked for ever about a node's record of before that can no longer be read", () => {
    const view = viewOf(given(1000n).node("node-1"));
    const unreadable = given(500n).put("nodes/node-1", `{"v":2}`);
    for (const _ of ["first", "second"]) {
      view.fold(unreadable.listed(), 0);
      assert.equal(view.newest(), undefined);
    }
  });

  it("goes on to distrust after a restart of the agent", () => {
    const view = viewOf(before());
    view.fold(given(500n).node("node-1", { session: "session-2" }).listed(), 0);
    const next = new View(viewSnapshotSchema.parse(JSON.parse(JSON.stringify(view.snapshot()))));
    next.fold(given(600n).node("node-1", { session: "session-2" }).listed(), 1);
    judge(next, given(600n).node("node-1", { session: "session-2" }), 4000);
    assert.deepEqual(served(next), [one]);
  });

  it("takes in other content under a revision that it has seen before", () => {
    const view = viewOf(given(500n).endpoint().node("node-1", { session: "session-2" }).service("x", "y"));
    const moved = given(500n)
      .endpoint({ addresses: [bridge("172.17.0.9")] })
      .node("node-1", { session: "session-3" });
    view.fold(moved.listed(), 0);
    assert.equal(view.slice(6379).endpoints[0]?.endpoint.addresses[0]?.ip, "172.17.0.9");
  });

  it("neither takes in nor lets displace what a node that has not spoken since had in the past, and tells so", () => {
    const view = viewOf(before());
    const past = given(500n).node("node-1", { session: "session-2" }).endpoint({ container: "past" });
    view.fold(past.listed(), 0);
    judge(view, past, 3000);
    assert.deepEqual(served(view), [one], "though the past one has its address");
    assert.deepEqual(
      [...view.unreadable.values()].map(({ key, code }) => [key, code]),
      [[keyOf(db, { container: "past" }), "record-of-the-past"]],
    );
    const spoke = given(510n).node("node-1", { session: "session-3", synced: false }).endpoint();
    view.fold(spoke.changed(), 3001);
    view.fold(deleted(520n, keyOf(db, { container: "past" })), 3002);
    assert.deepEqual(served(view), [one]);
    assert.deepEqual([view.unreadable.size, view.absences.size], [0, 0]);
  });

  it("keeps what it knows of an endpoint until its node has spoken", () => {
    const view = viewOf(before());
    const past = given(500n)
      .node("node-1", { session: "session-2" })
      .endpoint({ addresses: [bridge("172.17.0.9")] });
    view.fold(past.listed(), 0);
    const ip = () => view.slice(6379).endpoints[0]?.endpoint.addresses[0]?.ip;
    assert.equal(ip(), "172.17.0.2");
    view.fold(
      given(510n)
        .node("node-1", { session: "session-3", synced: false })
        .endpoint({ addresses: [bridge("172.17.0.8")] })
        .changed(),
      1,
    );
    assert.equal(ip(), "172.17.0.8");
  });

  it("holds what a node has when the backup tells of an earlier boot", () => {
    const view = viewOf(given(400n).node("node-1", { session: "session-1", bootId: "boot-1" }));
    view.fold(given(1000n).node("node-1", { session: "session-2", bootId: "boot-2" }).endpoint().changed(), 0);
    view.fold(given(400n).node("node-1", { session: "session-1", bootId: "boot-1" }).listed(), 0);
    const back = given(402n).node("node-1", { session: "session-3", bootId: "boot-2", synced: false });
    view.fold(back.changed(), 1);
    assert.deepEqual(served(view), [one]);
  });
});
