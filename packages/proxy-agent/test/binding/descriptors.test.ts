import assert from "node:assert/strict";
import { ownLine } from "@fairway/haproxy";
import type { WantedBinds } from "../../src/binding/binds.ts";
import { beyondRoom, descriptorLimit, limitIn, roomFor } from "../../src/binding/descriptors.ts";

const wants = (listener: number, page?: WantedBinds["page"]): WantedBinds => {
  const binds = ["0.0.0.0", "::"].map((address) => ({ address, port: listener }));
  return { listener, page, sockets: page === undefined ? 3 : 2, binds };
};
const ages = new Map([
  [7001, 30n],
  [7002, 10n],
  [7003, 20n],
]);

const leftOut = (listeners: readonly WantedBinds[], room: number, bound: readonly number[] = []) =>
  beyondRoom(listeners, {
    room,
    isBound: ({ listener }) => bound.includes(listener),
    ageOf: (port) => ages.get(port),
  }).map(({ refusal }) => refusal.listener);

describe("listeners beyond the file descriptors", () => {
  const all = [7001, 7002, 7003, 7004].map((port) => wants(port));
  const rows: readonly (readonly [string, number, readonly number[], readonly number[]])[] = [
    ["are none while there is room for all", 12, [], []],
    ["are those of no known age first", 11, [], [7004]],
    ["are the youngest then", 6, [], [7001, 7004]],
    ["are never those that are bound already", 6, [7001], [7003, 7004]],
    ["are all but those that are bound when there is room for none", 0, [7001], [7002, 7003, 7004]],
  ];
  for (const [name, room, bound, expected] of rows) {
    it(name, () =>
      assert.deepEqual(
        leftOut(all, room, bound).toSorted((a, b) => a - b),
        expected,
      ),
    );
  }

  it("are never the stats page", () => assert.deepEqual(leftOut([wants(1936, "stats"), wants(7001)], 4), [7001]));
});

describe("the room for listening addresses", () => {
  const sections = { global: [ownLine("maxconn 100")], defaults: [], stats: [] };

  it("is what connections and HAProxy itself leave", () => {
    const room = roomFor(sections, 1500);
    assert.ok(room > 500 && room < 1300 - 28, String(room));
  });

  it("bounds nothing where there is too little for the connections alone, which HAProxy says itself", () => {
    assert.equal(roomFor(sections, 200), Infinity);
  });

  it("is known of this process", async () => assert.ok((await descriptorLimit("self")) >= 1024));

  it("is learnt from HAProxy's words", () => {
    const message = "[haproxy.main()] Cannot raise FD limit to 8721, limit is 8600.";
    assert.equal(limitIn([{ message: "other" }, { message }]), 8600);
    assert.equal(limitIn([]), undefined);
  });
});
