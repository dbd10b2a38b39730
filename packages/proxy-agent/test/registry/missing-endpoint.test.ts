import assert from "node:assert/strict";
import { deleted, given } from "../given.ts";
import { graceMs, judge, one, reading, served, viewOf } from "./a-view.ts";

describe("a deleted endpoint", () => {
  for (const [title, record, expected] of [
    ["is gone when its node is synced", given().node("node-1"), []],
    ["is orphaned when its node has no record", given(), [one]],
    ["is orphaned when its node is not synced", given().node("node-1", { synced: false }), [one]],
    ["is orphaned when its node's record cannot be read", given().put("nodes/node-1", "{"), [one]],
    ["lives on when the registry has it again", given().endpoint().node("node-1"), [one]],
  ] as const) {
    it(title, () => {
      const view = viewOf(given().endpoint());
      view.fold(deleted(9n, one), 0);
      assert.deepEqual(served(view), [one]);
      judge(view, record, 0);
      assert.deepEqual(served(view), expected);
      assert.deepEqual(view.toJudge(0), []);
    });
  }

  it("is judged anew when it came and went while the registry was asked", () => {
    const view = viewOf(given().endpoint());
    view.fold(deleted(9n, one), 0);
    const asked = view.toJudge(0);
    view.fold(given(10n).endpoint().changed(), 0);
    view.fold(deleted(12n, one), 0);
    view.settle(asked, reading(given(10n).endpoint()), 0);
    assert.deepEqual([...view.absences.keys()], [one]);
    assert.deepEqual(
      view.toJudge(0).map(({ key }) => key),
      [one],
    );
  });

  it("is judged anew when its node has spoken since the registry was asked", () => {
    const view = viewOf(given().node("node-1", { synced: false }).endpoint());
    view.fold(deleted(9n, one), 0);
    const asked = view.toJudge(0);
    const spoken = given(20n).node("node-1");
    view.fold(spoken.changed(), 0);
    view.settle(asked, reading(given(8n).node("node-1", { synced: false })), 0);
    assert.ok(view.nextLook(0, graceMs) < 1000);
    judge(view, spoken, view.nextLook(0, graceMs));
    assert.deepEqual(served(view), []);
  });

  it("that is put again in the same breath lives on, whoever else has its address", () => {
    const view = viewOf(given().endpoint().service("other", "web").endpoint());
    const again = given(9n)
      .endpoint()
      .stored.map((stored) => ({ type: "put", stored }) as const);
    view.fold(
      { type: "changed", revision: 10n, changes: [{ type: "delete", key: one, modRevision: 9n }, ...again] },
      0,
    );
    assert.ok(served(view).includes(one));
    assert.equal(view.absences.size, 0);
  });

  it("is held while the registry cannot be read", () => {
    const view = viewOf(given().endpoint());
    view.fold(deleted(9n, one), 0);
    assert.deepEqual(
      view.toJudge(0).map(({ key }) => key),
      [one],
    );
    assert.deepEqual(
      view.toJudge(60_000).map(({ key }) => key),
      [one],
    );
    assert.deepEqual(served(view), [one]);
  });

  it("is held for 3 s when a new session misses it", () => {
    const view = viewOf(given().node("node-1").endpoint());
    view.fold(given(5n).node("node-1").listed(), 1000);
    assert.deepEqual(view.toJudge(3999), []);
    assert.equal(view.nextLook(1000, graceMs), 4000);
    judge(view, given(5n).node("node-1"), 4000);
    assert.deepEqual(served(view), []);
  });
});
