import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { Front } from "@fairway/contract";
import type { RefusedCount } from "@fairway/haproxy";
import { pino } from "pino";
import { RefusedConnections } from "../../src/status/refused-connections.ts";
import { desiredOf } from "../facts.ts";
import { bridge, given } from "../given.ts";
import { eventually } from "../real/kit/client.ts";

const minute = 60_000;
const row = (worker: string, count: number, listener: Front = 80): RefusedCount => {
  return { listener, reason: "deny", worker, count };
};

/** Looks at what a HAProxy answers with a listener that may refuse connections. */
function looking(signal: AbortSignal) {
  let [counts, nowMs]: [readonly RefusedCount[], number] = [[], 0];
  let looks = 0;
  const refused = new RefusedConnections({
    haproxy: {
      refused: () => {
        looks += 1;
        return Promise.resolve({ pid: 1, isStopping: false, counts });
      },
      holdRefused: () => Promise.reject(new Error("no reload")),
    },
    isAdopted: false,
    everyMs: 100_000,
    log: pino({ level: "silent" }),
    signal,
    now: () => nowMs,
  });
  const records = given()
    .service("shop", "web")
    .endpoint({ addresses: [bridge("172.17.0.2")], settings: { DENY: "192.0.2.1" } });
  refused.follow(desiredOf(records));
  const take = async (atMinute: number, answer: readonly RefusedCount[]) => {
    [counts, nowMs] = [answer, atMinute * minute];
    const before = looks;
    refused.lookNow();
    await eventually("it was looked at", () => looks > before);
    await setImmediate();
  };
  return { refused, take };
}

describe("totals of refused connections", () => {
  it("are of 1,000 names at most, and of their ports beyond", async () => {
    const end = new AbortController();
    const { refused, take } = looking(end.signal);
    const named = Array.from({ length: 1500 }, (_, at) => row("1-0", 1, `443,n${at}.example`));
    await take(0, named);
    await take(1, [row("2-0", 2, "443,n7.example"), row("2-0", 3, "443,n1400.example")]);
    const { totals } = refused;
    assert.equal(totals.length, 1001);
    assert.equal(totals.find(({ listener }) => listener === "443,n7.example")?.count, 3);
    assert.deepEqual(totals.at(-1), { listener: 443, reason: "deny", count: 503 });
    end.abort();
  });
});

describe("rows of refused connections", () => {
  it("that HAProxy has no longer are forgotten, but not while it may tell of them again", async () => {
    const end = new AbortController();
    const { refused, take } = looking(end.signal);
    const look = async (atMinute: number, answer: readonly RefusedCount[]) => {
      await take(atMinute, answer);
      return [refused.totals[0]?.count, refused.remembered];
    };
    assert.deepEqual(await look(0, [row("1-0", 7)]), [7, 1]);
    // The next worker's first answer comes before it is told what the one before had counted.
    assert.deepEqual(await look(1, [row("2-0", 1)]), [8, 2]);
    assert.deepEqual(await look(2, [row("1-0", 9), row("2-0", 1)]), [10, 2]);
    assert.deepEqual(await look(10, [row("2-1", 3)]), [13, 3]);
    assert.deepEqual(await look(20, [row("2-3", 1)]), [14, 2]);
    assert.deepEqual(await look(60, []), [14, 0]);
    end.abort();
  });
});
