import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { WorkQueue, type Rest, type WorkQueueOptions } from "../src/work-queue.ts";

describe("a work queue", () => {
  let controller: AbortController;
  beforeEach(() => (controller = new AbortController()));
  afterEach(() => controller.abort());

  const queueOf = (options: Partial<WorkQueueOptions<string>> & Pick<WorkQueueOptions<string>, "work">) =>
    new WorkQueue<string>({ onError: () => undefined, signal: controller.signal, ...options });

  it("never works on one key twice at once, and once more for additions meanwhile", async () => {
    let [now, most, runs] = [0, 0, 0];
    const queue = queueOf({
      concurrency: 8,
      work: async () => {
        runs += 1;
        now += 1;
        most = Math.max(most, now);
        await delay(5);
        now -= 1;
      },
    });
    queue.add("a");
    for (let i = 0; i < 5; i += 1) queue.add("a");
    await queue.idle();
    assert.deepEqual({ most, runs }, { most: 1, runs: 2 });
  });

  it("works on as many keys at once as it may, in the order in which they fell due", async () => {
    const begun: string[] = [];
    let [now, most] = [0, 0];
    const queue = queueOf({
      concurrency: 2,
      work: async (key) => {
        begun.push(key);
        most = Math.max(most, ++now);
        await delay(2);
        now -= 1;
      },
    });
    for (const key of ["a", "b", "c", "d"]) queue.add(key);
    await queue.idle();
    assert.deepEqual({ begun, most }, { begun: ["a", "b", "c", "d"], most: 2 });
  });

  it("takes the earliest time that was asked for", async () => {
    const begunAt: number[] = [];
    const from = performance.now();
    const queue = queueOf({ work: async () => void begunAt.push(performance.now() - from) });
    queue.addAfter("a", 500);
    queue.addAfter("a", 20);
    queue.addAfter("a", 300);
    await delay(80);
    assert.equal(begunAt.length, 1);
    assert.ok((begunAt[0] ?? 0) >= 19, `begun after ${begunAt[0]} ms`);
  });

  it("lets a key that is due and waits for its turn rest on when it is added again", async () => {
    const begunAt: number[] = [];
    const work = async (key: string): Promise<Rest | void> => {
      if (key === "other") {
        await delay(100);
        return undefined;
      }
      begunAt.push(performance.now());
      return begunAt.length === 1 ? { leastMs: 20, quietMs: 80, mostMs: 500 } : undefined;
    };
    const queue = queueOf({ work });
    queue.add("a");
    await delay(1);
    queue.add("a");
    queue.add("other");
    // It has rested, and the other one has the only place.
    await delay(90);
    const addedAt = performance.now();
    queue.add("a");
    await delay(300);
    assert.equal(begunAt.length, 2);
    assert.ok((begunAt[1] ?? 0) - addedAt >= 78, `begun ${(begunAt[1] ?? 0) - addedAt} ms after it was added`);
  });

  it("repeats what failed with back-off, on one timer however often it is added, and delays no other key", async () => {
    const runs: string[] = [];
    const failures: number[] = [];
    const queue = queueOf({
      retry: { firstMs: 30, longestMs: 1000 },
      onError: (_key, _error, count) => failures.push(count),
      work: async (key) => {
        runs.push(key);
        if (key === "bad" && failures.length < 2) throw new Error("not yet");
      },
    });
    queue.add("bad");
    for (let i = 0; i < 20; i += 1) queue.add("bad");
    queue.add("good");
    await queue.idle();
    assert.deepEqual([runs, queue.failing()], [["bad", "good"], ["bad"]]);
    await delay(150);
    assert.deepEqual([runs, failures, queue.failing()], [["bad", "good", "bad", "bad"], [1, 2], []]);
  });

  it("works at once on a failing key that is added, where that is asked for, and keeps its back-off", async () => {
    let runs = 0;
    const queue = queueOf({
      retry: { firstMs: 10_000, longestMs: 10_000 },
      isAddedBeforeRetry: true,
      work: async () => {
        runs += 1;
        throw new Error("never");
      },
    });
    queue.add("a");
    await queue.idle();
    queue.add("a");
    await queue.idle();
    assert.equal(runs, 2);
  });

  it("runs once for a storm of additions after work that asked for a rest", async () => {
    let runs = 0;
    const rest: Rest = { leastMs: 20, quietMs: 30, mostMs: 500 };
    const queue = queueOf({ work: async () => (runs++ === 0 ? rest : undefined) });
    queue.add("a");
    await queue.idle();
    for (let i = 0; i < 6; i += 1) {
      queue.add("a");
      await delay(10);
    }
    assert.equal(runs, 1);
    await delay(60);
    assert.equal(runs, 2);
  });

  it("ends a rest at its longest, however often the key is added", async () => {
    let runs = 0;
    const queue = queueOf({ work: async () => (runs++ === 0 ? { leastMs: 0, quietMs: 100, mostMs: 60 } : undefined) });
    queue.add("a");
    await queue.idle();
    for (let i = 0; i < 12; i += 1) {
      queue.add("a");
      await delay(10);
    }
    assert.ok(runs >= 2, `${runs} runs`);
  });

  it("begins nothing once its signal has aborted, and is idle when what ran is over", async () => {
    const runs: string[] = [];
    const queue = queueOf({
      work: async (key) => {
        runs.push(key);
        await delay(10);
      },
    });
    queue.add("a");
    queue.add("b");
    controller.abort();
    await queue.idle();
    queue.add("c");
    assert.deepEqual([runs, queue.isBusy, queue.busyMs()], [["a"], false, 0]);
  });
});
