import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { RequestLimits } from "../../src/addon/request-limits.ts";
import { SharedLook } from "../../src/addon/shared-look.ts";

describe("the requests of one source to the addon", () => {
  it("are answered twenty at once, then five a second; others do not notice", () => {
    const limits = new RequestLimits();
    const count = (source: string, times: number, nowMs: number) =>
      Array.from({ length: times }, () => limits.take(source, nowMs)).filter(Boolean).length;
    assert.equal(count("172.17.0.5", 1000, 0), 20);
    assert.equal(count("172.17.0.5", 1000, 1000), 5);
    assert.equal(count("172.17.0.6", 1, 1000), 1);
    assert.equal(count("172.17.0.5", 1000, 600_000), 20);
  });
});

describe("a look at the engine for all who ask", () => {
  it("is one for a thousand questions, and never from before a question", async () => {
    const stop = new AbortController();
    let [begun, ended] = [0, 0];
    const look = new SharedLook(async () => {
      const mine = (begun += 1);
      await delay(20);
      ended = mine;
      return mine;
    }, stop.signal);
    const first = Array.from({ length: 500 }, () => look.ask());
    await delay(5);
    const [later, ...others] = Array.from({ length: 500 }, () => look.ask());
    assert.deepEqual([...new Set(await Promise.all(first))], [1, 2], "the first question alone began a look");
    assert.deepEqual([...new Set(await Promise.all([later, ...others]))], [2], "the first had begun before");
    assert.deepEqual([begun, ended], [2, 2]);
    stop.abort();
  });

  it("tells all who wait that it failed, and the next ones what it sees then", async () => {
    const stop = new AbortController();
    let fails = true;
    const look = new SharedLook(async () => (fails ? Promise.reject(new Error("no engine")) : "seen"), stop.signal);
    const asked = [look.ask(), look.ask()];
    for (const each of asked) await assert.rejects(each, /no engine/);
    fails = false;
    assert.equal(await look.ask(), "seen");
    stop.abort();
  });
});
