import assert from "node:assert/strict";
import { waitKey } from "@fairway/contract";
import { Waits } from "../../src/registry/waits.ts";

const wait = (id: string, revision: string, { lease = "1a", modRevision = 100n, key = waitKey(id) } = {}) => ({
  key,
  value: `{"v":1,"revision":"${revision}"}`,
  createRevision: 1n,
  modRevision,
  lease: lease === "" ? undefined : lease,
});
const put = (...stored: readonly ReturnType<typeof wait>[]) =>
  ({
    type: "changed",
    revision: 100n,
    changes: stored.map((each) => ({ type: "put", stored: each }) as const),
  }) as const;

describe("who waits for what a proxy has applied", () => {
  for (const [title, stored, told, applied, isDue] of [
    ["nobody", [], 1n, 99n, false],
    ["somebody, for what is applied and not told", [wait("a", "50")], 49n, 50n, true],
    ["somebody, for what is not applied", [wait("a", "50")], 49n, 49n, false],
    ["somebody, for what was told", [wait("a", "50")], 50n, 99n, false],
    ["two, one of them for what is not applied", [wait("a", "50"), wait("b", "60")], 49n, 55n, true],
    ["somebody, for what nobody can have written", [wait("a", "9999")], 99n, 100n, true],
    ["somebody without a lease", [wait("a", "50", { lease: "" })], 49n, 50n, false],
    ["somebody whose record is none", [wait("a", "soon")], 49n, 50n, false],
    ["somebody, since the registry went back from what was told", [wait("a", "50")], 99n, 50n, true],
    ["another key", [wait("a", "50", { key: "nodes/a" })], 49n, 50n, false],
  ] as const) {
    it(`is told ${isDue ? "at once" : "nothing"} when there is ${title}`, () => {
      const waits = new Waits();
      waits.onEvent(put(...stored));
      assert.equal(waits.isDue(told, applied), isDue);
    });
  }

  it("is known again from a list, and forgotten with a registry that went back", () => {
    const waits = new Waits();
    waits.onEvent(put(wait("a", "50")));
    waits.onEvent({ type: "listed", listing: { revision: 20n, stored: [] } });
    assert.equal(waits.isDue(1n, 99n), false);
    waits.onEvent({ type: "listed", listing: { revision: 20n, stored: [wait("b", "15", { modRevision: 18n })] } });
    assert.equal(waits.isDue(1n, 16n), true);
  });

  it("remembers a thousand revisions, however many ask", () => {
    const waits = new Waits();
    for (let at = 1; at <= 2000; at += 1) waits.onEvent(put(wait(`${at}`, `${at}`, { modRevision: 9999n })));
    assert.equal(waits.isDue(1000n, 2000n), false);
    waits.onEvent(put(wait("late", "1500", { modRevision: 9999n })));
    assert.equal(waits.isDue(1000n, 2000n), true);
  });
});
