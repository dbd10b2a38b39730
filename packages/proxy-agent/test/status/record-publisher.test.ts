import assert from "node:assert/strict";
import type { ProxyRecord } from "@fairway/contract";
import { pino } from "pino";
import { FakeClock } from "../../../loop/test/fake-clock.ts";
import type { AgentState } from "../../src/status/agent-state.ts";
import { proxyRecord } from "../../src/status/proxy-record.ts";
import { RecordPublisher } from "../../src/status/record-publisher.ts";
import { state } from "./a-state.ts";

const log = pino({ level: "silent" });

describe("the publisher of the proxy's record", () => {
  let clock: FakeClock;
  let stop: AbortController;
  let now: AgentState;
  let written: { readonly record: ProxyRecord; readonly atMs: number }[];
  let publisher: RecordPublisher;
  let looks = 0;
  let awaited: bigint;

  beforeEach(() => {
    clock = new FakeClock();
    stop = new AbortController();
    now = state();
    written = [];
    awaited = 0n;
    publisher = new RecordPublisher({
      record: (before) => {
        looks += 1;
        return proxyRecord(now, before);
      },
      write: (record) => written.push({ record, atMs: clock.nowMs }),
      isAwaited: (told) => told < awaited && awaited <= now.appliedRevision,
      log,
      signal: stop.signal,
    });
  });

  afterEach(() => {
    stop.abort();
    clock[Symbol.dispose]();
  });

  /** Changes what the record shows, as the agent tells of it. */
  const change = (changed: Partial<AgentState>) => {
    now = state(changed);
    publisher.wake();
  };

  it("writes at most seven times a minute, however many refusals come", async () => {
    publisher.wake();
    for (let at = 1; at <= 300; at += 1) {
      const key = `endpoints/ci/job${String(1000 - at)}/80/node-2/aa11bb22cc33`;
      change({ rejections: [{ code: "unreachable", key, reason: "publish it" }], appliedRevision: BigInt(at) });
      await clock.pass(200);
    }
    assert.ok(written.length >= 2 && written.length <= 7, `${written.length} writes`);
  });

  it("writes a change at once after a quiet time, and the next one 10 s later, as it is then", async () => {
    publisher.wake();
    await clock.pass(30_000);
    const since = clock.nowMs;
    change({ lastError: "first" });
    await clock.pass(300);
    change({ lastError: "second" });
    await clock.pass(5000);
    change({ lastError: "third" });
    await clock.pass(10_000);
    assert.deepEqual(
      written.slice(1).map(({ record, atMs }) => [record.lastError, Math.round((atMs - since) / 1000)]),
      [
        ["first", 0],
        ["third", 10],
      ],
    );
  });

  it("writes nothing when only what was applied last has changed", async () => {
    publisher.wake();
    await clock.pass(30_000);
    change({ appliedRevision: 10n, appliedAt: "2026-11-22T09:00:00.000Z" });
    await clock.pass(60_000);
    assert.equal(written.length, 1);
  });

  it("looks at everything at most once a second, however often something changes that it does not show", async () => {
    publisher.wake();
    await clock.pass(20_000);
    looks = 0;
    for (let at = 1; at <= 600; at += 1) {
      change({ appliedRevision: BigInt(at) });
      await clock.pass(50);
    }
    assert.ok(looks > 0 && looks <= 31, `${looks} looks in 30 s`);
  });

  it("tells at once what somebody waits for, once it is applied, and nothing more of what comes after", async () => {
    publisher.wake();
    await clock.pass(1000);
    awaited = 12n;
    change({ appliedRevision: 11n });
    await clock.pass(1000);
    assert.equal(written.length, 1);
    const since = clock.nowMs;
    change({ appliedRevision: 12n });
    await clock.pass(0);
    for (let at = 13; at <= 100; at += 1) {
      change({ appliedRevision: BigInt(at) });
      await clock.pass(100);
    }
    assert.deepEqual(
      written.slice(1).map(({ record, atMs }) => [record.appliedRevision, atMs - since]),
      [["12", 0]],
    );
  });

  it("tells those who wait ten times without a pause, and twice a second in the long run", async () => {
    publisher.wake();
    await clock.pass(1000);
    for (let at = 1; at <= 500; at += 1) {
      awaited = BigInt(100 + at);
      change({ appliedRevision: awaited });
      await clock.pass(20);
    }
    const urgent = written.length - 1;
    assert.ok(urgent >= 25 && urgent <= 32, `${urgent} writes in 10 s`);
  });
});
