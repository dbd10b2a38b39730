import assert from "node:assert/strict";
import { View } from "../../src/registry/view.ts";
import { deleted, given, keyOf } from "../given.ts";
import { db, one, pair, portsIn, served, viewOf } from "./a-view.ts";

describe("View", () => {
  it("lets go of what is outside of a scope, and of that alone", () => {
    const view = viewOf(pair().service("shopping", "db").endpoint({ container: "three" }));
    assert.deepEqual(portsIn(view.keepWithin(["endpoints/", "endpoints/bank/"])), []);
    assert.deepEqual(portsIn(view.keepWithin(["endpoints/bank/", "endpoints/shopping/"])), [6379]);
    assert.deepEqual(served(view), [keyOf({ project: "shopping", service: "db" }, { container: "three" })]);
  });

  it("tells which front ports to look at again", () => {
    const view = new View();
    assert.deepEqual(portsIn(view.fold(pair().listed(), 0)), [6379]);
    const moved = given(10n)
      .service("shop", "db")
      .endpoint({ listen: [{ port: 7000, ssl: false }] });
    assert.deepEqual(portsIn(view.fold(moved.changed(), 0)), [6379, 7000]);
    assert.deepEqual(portsIn(view.fold(given(20n).node("node-9").changed(), 0)), []);
    assert.equal(view.revision, 21n);
  });

  it("looks again at what a service's age puts in order", () => {
    const view = viewOf(given().endpoint());
    assert.deepEqual(portsIn(view.fold(given(5n).service("shop", "db").changed(), 0)), [6379]);
    assert.equal(view.slice(6379).endpoints[0]?.age, 6n);
  });

  it("changes nothing when a list shows what it knows", () => {
    const view = viewOf(pair());
    assert.deepEqual(portsIn(view.fold(pair().listed(), 0)), []);
  });

  it("is complete once listed, connected until lost, and keeps everything when lost", () => {
    const view = new View();
    assert.deepEqual([view.isComplete, view.isConnected], [false, false]);
    view.fold(pair().listed(), 0);
    assert.deepEqual([view.isComplete, view.isConnected], [true, true]);
    assert.deepEqual(portsIn(view.fold({ type: "lost", reason: "away" }, 0)), []);
    assert.deepEqual([view.isComplete, view.isConnected, served(view).length], [true, false, 2]);
  });

  for (const [title, value, code] of [
    ["not JSON", "{", "record-not-json"],
    ["not of the schema", `{"v":1}`, "record-not-valid"],
    ["of a newer version", `{"v":2}`, "record-newer-version"],
  ] as const) {
    it(`skips and reports a record that is ${title}, and serves all others`, () => {
      const bad = keyOf(db, { container: "bad" });
      const view = viewOf(pair().put(bad, value).put("nodes/node-1", value));
      assert.deepEqual(
        [...view.unreadable.values()].map((each) => [each.key, each.code]),
        [
          [bad, code],
          ["nodes/node-1", code],
        ],
      );
      assert.equal(served(view).length, 2);
      view.fold(deleted(90n, bad, "nodes/node-1"), 0);
      assert.equal(view.unreadable.size, 0);
    });
  }

  it("goes on with what it knew when a record becomes unreadable", () => {
    const view = viewOf(given().endpoint());
    view.fold(given(5n).put(one, `{"v":2}`).changed(), 0);
    assert.deepEqual([served(view), view.unreadable.size], [[one], 1]);
  });
});
