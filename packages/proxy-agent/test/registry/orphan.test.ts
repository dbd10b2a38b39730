import assert from "node:assert/strict";
import { View } from "../../src/registry/view.ts";
import { viewSnapshotSchema } from "../../src/registry/view-snapshot.ts";
import { bridge, deleted, given, keyOf } from "../given.ts";
import { db, graceMs, judge, one, pair, portsIn, served, viewOf } from "./a-view.ts";

describe("an orphan", () => {
  /** The pair, of which the registrar is gone since time 0. */
  function orphans(): View {
    const view = viewOf(pair().node("node-1"));
    view.fold(deleted(9n, "nodes/node-1", one, keyOf(db, { container: "two" })), 0);
    judge(view, given(), 0);
    assert.equal(served(view).length, 2);
    return view;
  }

  it("is served as before, marked as not living", () => {
    assert.deepEqual(
      orphans()
        .slice(6379)
        .endpoints.map(({ isLiving }) => isLiving),
      [false, false],
    );
  });

  it("lives again when its record is back", () => {
    const view = orphans();
    view.fold(given(20n).endpoint().changed(), 1);
    assert.equal(view.absences.has(one), false);
  });

  it("leaves when its node is synced without it, and not before the registry was asked", () => {
    const view = orphans();
    const back = given(20n).node("node-1", { session: "session-2" }).endpoint();
    view.fold(back.changed(), 1);
    assert.equal(served(view).length, 2);
    judge(view, back, 1);
    assert.deepEqual(served(view), [one]);
  });

  it("stays while its node is back but not synced", () => {
    const view = orphans();
    view.fold(given(20n).node("node-1", { session: "session-2", synced: false }).changed(), 1);
    assert.deepEqual([view.toJudge(1).length, served(view).length], [0, 2]);
  });

  it("leaves when a living record has its address and port", () => {
    const view = orphans();
    const thief = given(20n)
      .service("other", "web")
      .endpoint({ container: "thief", listen: [{ port: 80, ssl: false }] });
    assert.deepEqual(portsIn(view.fold(thief.changed(), 1)), [80, 6379]);
    assert.deepEqual(served(view), [keyOf(db, { container: "two" })]);
  });

  it("does not yield to the same address of another node's own network", () => {
    const view = orphans();
    view.fold(given(20n).service("other", "web").endpoint({ node: "node-2" }).changed(), 1);
    assert.ok(served(view).includes(one));
  });

  it("is not even held when a living record has its address already", () => {
    const view = viewOf(given().endpoint());
    view.fold(given(5n).service("other", "web").endpoint().changed(), 0);
    view.fold(deleted(9n, one), 0);
    assert.ok(!served(view).includes(one));
  });

  for (const [what, machine] of [
    ["engine", { engineId: "engine-2" }],
    ["boot", { bootId: "boot-2" }],
  ] as const) {
    it(`leaves when its node is back with another ${what}`, () => {
      const view = orphans();
      view.fold(
        given(20n)
          .node("node-1", { ...machine, session: "session-2", synced: false })
          .changed(),
        1,
      );
      assert.deepEqual(served(view), []);
    });
  }

  it("leaves when its check fails, and only a republished record revives it", () => {
    const view = orphans();
    assert.deepEqual(portsIn(view.checkFailed([one])), [6379]);
    assert.ok(!served(view).includes(one));
    view.fold(given(20n).endpoint().changed(), 1);
    assert.ok(served(view).includes(one));
    view.checkFailed([one]);
    assert.ok(served(view).includes(one));
  });

  it("leaves after ORPHAN_GRACE beside a living server", () => {
    const view = orphans();
    view.fold(
      given(20n)
        .endpoint({ container: "three", addresses: [bridge("172.17.0.4")] })
        .changed(),
      1,
    );
    assert.equal(view.nextLook(1, graceMs), graceMs);
    view.leaveExpired(graceMs - 1, graceMs);
    assert.equal(served(view).length, 3);
    view.leaveExpired(graceMs, graceMs);
    assert.deepEqual(served(view), [keyOf(db, { container: "three" })]);
  });

  it("stays past ORPHAN_GRACE as one of a listener's last servers", () => {
    const view = orphans();
    view.fold(
      given(20n)
        .endpoint({ container: "three", state: "starting", addresses: [bridge("172.17.0.4")] })
        .changed(),
      1,
    );
    view.leaveExpired(graceMs * 2, graceMs);
    assert.equal(served(view).length, 3);
    assert.equal(view.nextLook(graceMs * 2, graceMs), Infinity);
  });

  it("is known again by the next agent, with its deadline", () => {
    const written = JSON.stringify(orphans().snapshot());
    const view = new View(viewSnapshotSchema.parse(JSON.parse(written)));
    assert.deepEqual(view.snapshot(), JSON.parse(written));
    assert.equal(view.isComplete, false);
    view.fold(
      given(20n)
        .endpoint({ container: "three", addresses: [bridge("172.17.0.4")] })
        .listed(),
      1,
    );
    view.leaveExpired(graceMs, graceMs);
    assert.deepEqual(served(view), [keyOf(db, { container: "three" })]);
  });
});
