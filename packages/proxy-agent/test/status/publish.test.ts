import assert from "node:assert/strict";
import { once } from "node:events";
import type { ProxyRecord } from "@fairway/contract";
import { createPublisher } from "../../src/status/publish.ts";
import { proxyRecord } from "../../src/status/proxy-record.ts";
import { picture } from "./picture.ts";

describe("the publisher of the proxy's record", () => {
  it("writes at once, then news soon, and what is no news not yet", async () => {
    let now = proxyRecord(picture());
    const written: ProxyRecord[] = [];
    const writes = new EventTarget();
    const write = (record: ProxyRecord) => {
      written.push(record);
      writes.dispatchEvent(new Event("write"));
    };
    const stop = new AbortController();
    const changed = createPublisher({ record: () => now, write, signal: stop.signal });
    changed();
    assert.equal(written.length, 1);
    now = proxyRecord(picture({ appliedRevision: 10n }));
    changed();
    const second = once(writes, "write");
    now = proxyRecord(picture({ appliedRevision: 11n, lastError: "broken" }));
    changed();
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
    let now = proxyRecord(picture());
    const told = new EventTarget();
    const stop = new AbortController();
    const changed = createPublisher({
      record: () => {
        told.dispatchEvent(new Event("look"));
        return now;
      },
      write: () => told.dispatchEvent(new Event("write")),
      signal: stop.signal,
    });
    changed();
    now = proxyRecord(picture({ appliedRevision: 10n }));
    changed();
    await once(told, "look");
    now = proxyRecord(picture({ appliedRevision: 11n, lastError: "broken" }));
    const since = performance.now();
    changed();
    await once(told, "write");
    assert.ok(performance.now() - since < 5000, "within the time that news may take");
    stop.abort();
  });
});
