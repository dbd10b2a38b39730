import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { RefusedCount } from "@fairway/haproxy";
import { pino } from "pino";
import { RefusedConnections } from "../../src/status/refused-connections.ts";
import { desiredOf } from "../facts.ts";
import { bridge, given } from "../given.ts";

const minute = 60_000;
const row = (worker: string, count: number): RefusedCount => ({ listener: 80, reason: "deny", worker, count });

describe("rows of refused connections", () => {
  it("that HAProxy has no longer are forgotten, but not while it may tell of them again", async () => {
    const end = new AbortController();
    let [counts, nowMs]: [readonly RefusedCount[], number] = [[], 0];
    const refused = new RefusedConnections({
      haproxy: {
        refused: () => Promise.resolve({ pid: 1, isStopping: false, counts }),
        holdRefused: () => Promise.reject(new Error("no reload")),
      },
      isAdopted: false,
      everyMs: 100_000,
      log: pino({ level: "silent" }),
      signal: end.signal,
      now: () => nowMs,
    });
    const records = given()
      .service("shop", "web")
      .endpoint({ addresses: [bridge("172.17.0.2")], settings: { DENY: "192.0.2.1" } });
    refused.follow(desiredOf(records));
    const look = async (atMinute: number, answer: readonly RefusedCount[]) => {
      [counts, nowMs] = [answer, atMinute * minute];
      refused.lookNow();
      await delay(50);
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
