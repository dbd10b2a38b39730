import assert from "node:assert/strict";
import { once } from "node:events";
import { createRunner, noRest, type Rest } from "../src/runner.ts";

/** A run that lasts until it is told to end. */
function controlled(rest = noRest) {
  const turns: { end: () => void; fail: () => void }[] = [];
  const started = new EventTarget();
  const run = () =>
    new Promise<Rest>((resolve, reject) => {
      turns.push({ end: () => resolve(rest), fail: () => reject(new Error("broken")) });
      started.dispatchEvent(new Event("start"));
    });
  return { run, turns, nextStart: () => once(started, "start") };
}

const ignore = () => Promise.resolve();

describe("runner", () => {
  it("runs at once when it rested, and once more for all wakes during a run", async () => {
    const { run, turns, nextStart } = controlled();
    const stop = new AbortController();
    const runner = createRunner({ run, onError: ignore, signal: stop.signal });
    runner.wake();
    assert.equal(turns.length, 1);
    for (let wakes = 0; wakes < 10_000; wakes += 1) runner.wake();
    assert.equal(turns.length, 1);
    const second = nextStart();
    turns[0]?.end();
    await second;
    stop.abort();
    turns[1]?.end();
    await runner.ended;
    assert.equal(turns.length, 2);
  });

  it("takes the rest that a run asks for", async () => {
    const { run, turns, nextStart } = controlled({ ...noRest, leastMs: 50 });
    const stop = new AbortController();
    const runner = createRunner({ run, onError: ignore, signal: stop.signal });
    runner.wake();
    const endedAt = performance.now();
    turns[0]?.end();
    const second = nextStart();
    runner.wake();
    assert.equal(turns.length, 1);
    await second;
    assert.ok(performance.now() - endedAt >= 45);
    stop.abort();
    turns[1]?.end();
    await runner.ended;
  });

  /** How long it waits through a storm of wakes that ends after 150 ms, and how long of that it is quiet. */
  const throughStorm = async (rest: Rest) => {
    const { run, turns, nextStart } = controlled(rest);
    const stop = new AbortController();
    const runner = createRunner({ run, onError: ignore, signal: stop.signal });
    runner.wake();
    const second = nextStart();
    turns[0]?.end();
    const endedAt = performance.now();
    let lastWake = endedAt;
    const wake = () => {
      if (performance.now() - endedAt >= 150) return;
      lastWake = performance.now();
      runner.wake();
    };
    const storm = setInterval(wake, 10);
    wake();
    await second;
    clearInterval(storm);
    const now = performance.now();
    stop.abort();
    turns[1]?.end();
    await runner.ended;
    return { waitedMs: now - endedAt, quietMs: now - lastWake };
  };

  it("waits for the end of a storm", async () => {
    const { quietMs } = await throughStorm({ leastMs: 0, quietMs: 60, mostMs: 10_000 });
    assert.ok(quietMs >= 59, `${quietMs} ms`);
  });

  it("waits no longer for it than it may", async () => {
    const { waitedMs, quietMs } = await throughStorm({ leastMs: 0, quietMs: 10_000, mostMs: 100 });
    assert.ok(waitedMs >= 99 && quietMs < 9000, `${waitedMs} ms, ${quietMs} ms`);
  });

  it("tries again after an error", async () => {
    const { run, turns, nextStart } = controlled();
    const stop = new AbortController();
    const errors: unknown[] = [];
    const onError = async (error: unknown) => void errors.push(error);
    const runner = createRunner({ run, onError, signal: stop.signal });
    runner.wake();
    const second = nextStart();
    turns[0]?.fail();
    await second;
    assert.equal(errors.length, 1);
    stop.abort();
    turns[1]?.end();
    await runner.ended;
  });

  it("runs no more when its signal has aborted", async () => {
    const { run, turns } = controlled();
    const runner = createRunner({ run, onError: ignore, signal: AbortSignal.abort() });
    runner.wake();
    await runner.ended;
    assert.equal(turns.length, 0);
  });
});
