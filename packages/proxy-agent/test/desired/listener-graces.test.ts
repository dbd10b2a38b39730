import assert from "node:assert/strict";
import { ListenerGraces } from "../../src/desired/listener-graces.ts";

const minuteMs = 60_000;
const graceMs = 10 * minuteMs;

describe("the grace of a listener without endpoints", () => {
  it("is twice as long after each return, up to eight times", () => {
    const graces = new ListenerGraces(graceMs);
    let now = 0;
    const stayed = Array.from({ length: 6 }, () => {
      graces.onEmpty(7000, now);
      const end = graces.nextEnd() ?? 0;
      const stayedMs = end - now;
      graces.onServed(7000, (now += minuteMs));
      return stayedMs / graceMs;
    });
    assert.deepEqual(stayed, [1, 2, 4, 8, 8, 8]);
  });

  it("is as at first six hours after the last return", () => {
    const graces = new ListenerGraces(graceMs);
    graces.onEmpty(7000, 0);
    graces.onServed(7000, minuteMs);
    graces.onEmpty(7000, 7 * 60 * minuteMs);
    assert.equal(graces.nextEnd(), 7 * 60 * minuteMs + graceMs);
  });

  it("is longer also when the listener came back after it was removed", () => {
    const graces = new ListenerGraces(graceMs);
    graces.onEmpty(7000, 0);
    assert.deepEqual(graces.takeOver(graceMs, false), [7000]);
    graces.onServed(7000, graceMs + minuteMs);
    graces.onEmpty(7000, graceMs + minuteMs);
    assert.equal(graces.nextEnd(), graceMs + minuteMs + 2 * graceMs);
  });

  it("is kept in mind for six hours after the last return of a listener that is gone", () => {
    const graces = new ListenerGraces(graceMs);
    const hours = (count: number) => count * 60 * minuteMs;
    for (let port = 7000; port < 7100; port += 1) graces.onEmpty(port, 0);
    graces.takeOver(graceMs, false);
    graces.onEmpty(8000, hours(6));
    graces.takeOver(hours(6) + graceMs, false);
    assert.equal(graces.remembered, 1);
    graces.onEmpty(8001, hours(12));
    graces.onEmpty(8002, hours(12) + graceMs);
    graces.takeOver(hours(12) + graceMs, false);
    assert.equal(graces.remembered, 2);
  });

  it("ends for hundreds of listeners with one removal a minute", () => {
    const graces = new ListenerGraces(graceMs);
    for (let at = 0; at < 600; at += 1) graces.onEmpty(7000 + at, at * 1000);
    let removals = 0;
    for (let now = 0; now < 30 * minuteMs; now += 1000) if (graces.takeOver(now, false).length > 0) removals += 1;
    assert.equal(graces.empty.size, 0);
    assert.ok(removals <= 11, `${removals} removals`);
  });

  it("is over at once after its time when a reload comes anyway", () => {
    const graces = new ListenerGraces(graceMs);
    graces.onEmpty(7000, 0);
    graces.onEmpty(7001, 1000);
    assert.deepEqual(graces.takeOver(graceMs, false), [7000]);
    assert.deepEqual(graces.takeOver(graceMs + 1000, false), []);
    assert.deepEqual(graces.takeOver(graceMs + 1000, true), [7001]);
  });
});
