import assert from "node:assert/strict";
import fc from "fast-check";
import { cleaning, pacedWindowMs, ReloadPace } from "../../src/reconcile/reload-pace.ts";

const hourMs = 3_600_000;
const windowMs = 6 * hourMs;

/** When each reload came of causes that always want one, while every old worker lives. */
function reloadsOf(causes: readonly string[], { forMs, living = Infinity }: { forMs: number; living?: number }) {
  const pace = new ReloadPace(windowMs);
  const reloads: { readonly at: number; readonly cause: string }[] = [];
  for (let now = 0; now < forMs;) {
    const waits = causes.map((cause) => pace.waitMs(cause, Math.min(living, reloads.length), now));
    const waitMs = Math.min(...waits);
    now += Math.max(waitMs, 50);
    const due = causes.filter((cause) => pace.waitMs(cause, Math.min(living, reloads.length), now) <= 0);
    if (now >= forMs || due.length === 0) continue;
    pace.onReload(due.slice(0, 1), now);
    reloads.push({ at: now, cause: due[0] ?? "" });
  }
  return reloads;
}

describe("the pace of reloads for new listeners", () => {
  it("lets the first four of a project come at once, and has later ones wait longer and longer", () => {
    const pace = new ReloadPace(windowMs);
    const waits = Array.from({ length: 9 }, (_, at) => {
      const waitMs = pace.waitMs("evil", at, 0);
      pace.onReload(["evil"], 0);
      return Math.round(waitMs);
    });
    assert.deepEqual(waits, [0, 0, 0, 0, 247, 989, 3955, 15_820, 63_281]);
  });

  it("has nobody wait while no old worker has connections", () => {
    const pace = new ReloadPace(windowMs);
    for (let at = 0; at < 1000; at += 1) {
      assert.equal(pace.waitMs("evil", 3, at), 0);
      pace.onReload(["evil"], at);
    }
  });

  it("gives one project a dozen in six hours, and others do not wait for it", () => {
    const reloads = reloadsOf(["evil"], { forMs: windowMs });
    assert.equal(reloads.length, 12);
    const pace = new ReloadPace(windowMs);
    for (const { at } of reloads) pace.onReload(["evil"], at);
    assert.equal(pace.waitMs("shop", 13, reloads.at(-1)?.at ?? 0), 0);
  });

  it("gives all projects together at most 22 in six hours, however many there are", () => {
    const crowd = Array.from({ length: 40 }, (_, at) => `p${at}`);
    const reloads = reloadsOf(crowd, { forMs: 4 * windowMs });
    for (const { at } of reloads) {
      const within = reloads.filter((each) => each.at >= at && each.at < at + windowMs);
      assert.ok(within.length <= 22, `${within.length} from ${at} ms on`);
    }
  });

  it("ends empty listeners with reloads of others once there have been eight", () => {
    const pace = new ReloadPace(windowMs);
    for (let at = 0; at < 8; at += 1) pace.onReload([`p${at}`], at);
    assert.equal(pace.waitMs(cleaning, 8, 8), windowMs);
    assert.equal(pace.waitMs(cleaning, 7, 8), 0);
    assert.equal(pace.waitMs(cleaning, 8, windowMs + 1), 0);
  });

  it("never lets 25 old workers come to live at once, whoever asks for what", () => {
    const step = fc.record({ project: fc.integer({ min: 0, max: 30 }), afterMs: fc.integer({ min: 0, max: hourMs }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 200 }), (steps) => {
        const pace = new ReloadPace(windowMs);
        let now = 0;
        let reloads: number[] = [];
        for (const { project, afterMs } of steps) {
          now += afterMs;
          reloads = reloads.filter((at) => now - at < windowMs);
          if (pace.waitMs(`p${project}`, reloads.length, now) > 0) continue;
          pace.onReload([`p${project}`], now);
          reloads.push(now);
          assert.ok(reloads.length <= 22, `${reloads.length} workers`);
        }
      }),
    );
  });

  for (const [title, reloadTimeoutS, expected] of [
    ["for six hours where RELOAD_TIMEOUT says nothing", 0, windowMs],
    ["as long as RELOAD_TIMEOUT says", 3600, hourMs],
    ["for a day at most", 31_536_000, 24 * hourMs],
    ["not at all where old workers end at once", -1, 0],
  ] as const) {
    it(`keeps connections ${title}`, () => assert.equal(pacedWindowMs(reloadTimeoutS), expected));
  }
});
