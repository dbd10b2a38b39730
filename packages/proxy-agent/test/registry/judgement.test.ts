import assert from "node:assert/strict";
import { once } from "node:events";
import { nodeKey } from "@fairway/contract";
import { type Listing } from "@fairway/registry";
import { pino } from "pino";
import { startJudgement } from "../../src/registry/judgement.ts";
import { View } from "../../src/registry/view.ts";
import { bridge, deleted, given, keyOf } from "../given.ts";

const db = { project: "shop", service: "db" };
const silent = pino({ level: "silent" });

/** A view that misses `count` endpoints of node-1, and a judgement that reads through `get`. */
function judged(count: number, get: (keys: readonly string[]) => Promise<Listing>, now = () => 0) {
  const names = Array.from({ length: count }, (_, index) => `c${index}`);
  const records = names.reduce(
    (all, container, index) => all.endpoint({ container, addresses: [bridge(`198.18.0.${index}`)] }),
    given().service("shop", "db"),
  );
  const view = new View();
  view.fold(records.listed(), 0);
  view.fold(deleted(9999n, ...names.map((container) => keyOf(db, { container }))), 0);
  const settled = new EventTarget();
  const onTouched = () => {
    if (view.toJudge(0).length === 0) settled.dispatchEvent(new Event("settled"));
  };
  const stop = new AbortController();
  const judgement = startJudgement({
    view,
    get,
    onTouched,
    graceMs: 60_000,
    now,
    log: silent,
    signal: stop.signal,
  });
  const end = async () => {
    stop.abort();
    await judgement.ended;
  };
  return { view, judgement, end, settled: () => once(settled, "settled") };
}

const synced = given().node("node-1").stored;

describe("judgement", () => {
  it("reads a node and its missing endpoints together, at most 100 keys at once", async () => {
    const reads: (readonly string[])[] = [];
    const get = async (keys: readonly string[]) => {
      reads.push(keys);
      return { revision: 9999n, stored: synced };
    };
    const { view, judgement, end, settled } = judged(120, get);
    const done = settled();
    judgement.wake();
    await done;
    assert.deepEqual([view.absences.size, view.endpoints.size], [0, 0]);
    assert.deepEqual(
      reads.map((keys) => keys.length),
      [51, 51, 21],
    );
    assert.ok(reads.every((keys) => keys.includes(nodeKey("node-1"))));
    await end();
  });

  it("holds everything while the registry does not answer, and asks again", async () => {
    let failures = 2;
    const seen: number[] = [];
    const get = async () => {
      seen.push(view.endpoints.size);
      if (failures-- > 0) throw new Error("away");
      return { revision: 9999n, stored: synced };
    };
    const { view, judgement, end, settled } = judged(1, get);
    const done = settled();
    judgement.wake();
    await done;
    assert.deepEqual([seen, view.endpoints.size], [[1, 1, 1], 0]);
    await end();
  });

  it("forgets nothing that falls due between two looks at the clock", async () => {
    const times = [-1, 5];
    const now = () => times.shift() ?? 5;
    const { view, judgement, end, settled } = judged(1, async () => ({ revision: 9999n, stored: synced }), now);
    const done = settled();
    judgement.wake();
    await done;
    assert.equal(view.endpoints.size, 0);
    await end();
  });
});
