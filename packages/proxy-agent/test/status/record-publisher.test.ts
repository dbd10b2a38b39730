import assert from "node:assert/strict";
import { once } from "node:events";
import type { ProxyRecord } from "@fairway/contract";
import { pino } from "pino";
import { proxyRecord, RecordPublisher } from "../../src/status/proxy-record.ts";
import { state } from "./a-state.ts";

const log = pino({ level: "silent" });

describe("the publisher of the proxy's record", () => {
  it("writes at once, then news soon, and what is no news not yet", async () => {
    let now = proxyRecord(state());
    const written: ProxyRecord[] = [];
    const writes = new EventTarget();
    const write = (record: ProxyRecord) => {
      written.push(record);
      writes.dispatchEvent(new Event("write"));
    };
    const stop = new AbortController();
    const publisher = new RecordPublisher({ record: () => now, write, log, signal: stop.signal });
    publisher.wake();
    assert.equal(written.length, 1);
    now = proxyRecord(state({ appliedRevision: 10n }));
    publisher.wake();
    const second = once(writes, "write");
    now = proxyRecord(state({ appliedRevision: 11n, lastError: "broken" }));
    publisher.wake();
    await second;
    assert.deepEqual(
      written.map(({ appliedRevision, lastError }) => [appliedRevision, lastError]),
      [
        ["9", null],
        ["11", "broken"],
      ],
    );
    stop.abort();
  });

  it("writes news soon also while it holds back what is none", async () => {
    let now = proxyRecord(state());
    const told = new EventTarget();
    const stop = new AbortController();
    const publisher = new RecordPublisher({
      record: () => {
        told.dispatchEvent(new Event("look"));
        return now;
      },
      write: () => told.dispatchEvent(new Event("write")),
      log,
      signal: stop.signal,
    });
    publisher.wake();
    now = proxyRecord(state({ appliedRevision: 10n }));
    publisher.wake();
    await once(told, "look");
    now = proxyRecord(state({ appliedRevision: 11n, lastError: "broken" }));
    const since = performance.now();
    publisher.wake();
    await once(told, "write");
    assert.ok(performance.now() - since < 5000, "within the time that news may take");
    stop.abort();
  });
});
