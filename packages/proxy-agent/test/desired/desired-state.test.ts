import assert from "node:assert/strict";
import { DesiredIndex } from "../../src/desired/desired-state.ts";
import { View } from "../../src/registry/view.ts";
import { facts, sections } from "../facts.ts";
import { given } from "../given.ts";

function viewOf(records = given().service("shop", "db").endpoint()): View {
  const view = new View();
  view.fold(records.listed(), 0);
  return view;
}

const nothing = new View();

/** All of the one listener. */
const all = { port: 6379, keys: undefined };

describe("DesiredIndex", () => {
  const options = { facts, sections, listenerGraceMs: 60_000 };

  it("keeps a listener without servers for LISTENER_GRACE, then ends it", () => {
    const index = new DesiredIndex(options);
    index.look(all, viewOf(), 1000);
    index.look(all, nothing, 2000);
    assert.deepEqual(
      index.desired().listeners.map(({ port, servers }) => [port, servers.length]),
      [[6379, 0]],
    );
    assert.equal(index.nextLook(), 62_000);
    assert.deepEqual(index.expired(61_999), []);
    assert.deepEqual(index.expired(62_000), [6379]);
    index.look(all, nothing, 62_000);
    assert.deepEqual(index.desired().listeners, []);
    assert.equal(index.nextLook(), Infinity);
  });

  it("starts the grace anew when an endpoint was there in between", () => {
    const index = new DesiredIndex(options);
    for (const [view, now] of [
      [viewOf(), 0],
      [nothing, 1000],
      [viewOf(), 2000],
    ] as const) {
      index.look(all, view, now);
    }
    index.look(all, nothing, 50_000);
    assert.deepEqual(index.expired(61_000), []);
  });

  it("goes on with an empty listener of an earlier agent until its grace has passed", () => {
    const before = new DesiredIndex(options);
    before.look(all, viewOf(), 0);
    before.look(all, nothing, 1000);
    const after = new DesiredIndex({ ...options, empty: before.empty() });
    assert.deepEqual(after.desired().listeners, before.desired().listeners);
    assert.deepEqual(after.expired(61_000), [6379]);
  });
});
