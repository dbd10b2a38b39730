import assert from "node:assert/strict";
import { decode, encode, proxyRecordSchema } from "@fairway/contract";
import { isChanged, proxyRecord } from "../../src/status/proxy-record.ts";
import { statusOf } from "../../src/status/status.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { given, keyOf } from "../given.ts";
import { state } from "./a-state.ts";

const reason = "0.0.0.0:6379 is held by redis-server (pid 9)";
const taken = { listener: 6379, code: "port-taken", reason } as const;

describe("the proxy's record", () => {
  it("counts, as the contract says", () => {
    const record = proxyRecord(state());
    assert.deepEqual(record.servers, { ready: 1, drain: 0, maint: 1, orphaned: 1 });
    assert.deepEqual([record.listeners, record.rejections.count, record.appliedRevision], [1, 1, "9"]);
    assert.deepEqual(decode(proxyRecordSchema, encode(record)), { ok: true, record });
  });

  it("can be read whatever the length of a reason", () => {
    const record = proxyRecord(state({ rejections: [{ code: "no-certificate", key: "k", reason: "r".repeat(9000) }] }));
    assert.ok(decode(proxyRecordSchema, encode(record)).ok);
    assert.match(record.rejections.first[0]?.reason ?? "", /^r{4095}…$/);
  });

  it("counts no server of a refused listener, and tells who holds its port", () => {
    const record = proxyRecord(state({ refusals: [taken] }));
    assert.deepEqual([record.listeners, record.servers.ready], [0, 0]);
    assert.deepEqual(record.rejections.first[0], { code: "port-taken", key: "port_6379", reason: taken.reason });
  });

  it("counts no server of a listener that waits for a reload, and tells why, as the status does", () => {
    const waiting = [{ listener: 6379, reason: "port 6379 is new and waits" }];
    const now = state({ waiting });
    const record = proxyRecord(now);
    assert.deepEqual([record.listeners, record.servers.ready], [0, 0]);
    const told = { code: "reload-awaited", key: "port_6379", reason: waiting[0]?.reason };
    assert.deepEqual(record.rejections.first[0], told);
    assert.ok(JSON.stringify(statusOf(now)["waiting"]).includes(JSON.stringify(told)));
  });

  it("counts rejections by code, and goes on showing those that it showed, whatever else is refused", () => {
    const rejection = (name: string) => ({ code: "unreachable", key: `endpoints/p/${name}`, reason: "far" });
    const many = (...names: readonly string[]) => names.map(rejection);
    const before = proxyRecord(state({ rejections: many("m1", "m2", "m3") }));
    const flood = many(...Array.from({ length: 500 }, (_, at) => `a${at}`));
    const { rejections } = proxyRecord(state({ rejections: [...flood, ...many("m1", "m3")] }), before);
    assert.deepEqual([rejections.count, rejections.codes], [502, { unreachable: 502 }]);
    const shown = rejections.first.map(({ key }) => key);
    assert.deepEqual(shown.slice(0, 3), ["endpoints/p/m1", "endpoints/p/m3", "endpoints/p/a0"]);
    assert.equal(shown.length, 10);
    const { first } = proxyRecord(state({ rejections: flood, refusals: [taken] }), before).rejections;
    assert.equal(first[0]?.code, "port-taken", "before what can be found out from the vantage");
  });

  it("is another one for any change but of what was applied last", () => {
    const before = proxyRecord(state());
    assert.equal(isChanged(undefined, before), true);
    assert.equal(isChanged(before, proxyRecord(state({ appliedRevision: 10n, appliedAt: "later" }))), false);
    assert.equal(isChanged(before, proxyRecord(state({ lastError: "broken" }))), true);
    assert.equal(isChanged(before, proxyRecord(state({ refusals: [taken] }))), true);
  });
});

describe("the status", () => {
  it("says for each server which endpoint it is, how it is reached and why", () => {
    const status = JSON.parse(JSON.stringify(statusOf(state()))) as {
      listeners: { servers: Record<string, unknown>[] }[];
      rejections: { code: string }[];
      orphans: unknown[];
    };
    const servers = status.listeners[0]?.servers ?? [];
    assert.deepEqual(
      servers
        .map(({ address, container, via, why, absent }) => ({ address, container, via, why, absent }))
        .sort((one, two) => String(one.address).localeCompare(String(two.address))),
      [
        {
          address: "172.17.0.2:6379",
          container: "a",
          via: "network",
          why: 'network "bridge" of this node',
          absent: null,
        },
        {
          address: "172.17.0.3:6379",
          container: "b",
          via: "network",
          why: 'network "bridge" of this node',
          absent: "orphaned",
        },
      ],
    );
    assert.deepEqual(
      status.rejections.map(({ code }) => code),
      ["unreachable"],
    );
    assert.equal(status.orphans.length, 1);
  });

  it("says what an endpoint waits for that takes no traffic yet", () => {
    const cache = new RegistryCache();
    cache.onEvent(given().service("shop", "db").endpoint({ container: "slow", state: "starting" }).listed(), 0);
    const { waiting } = statusOf({ ...state(), cache }) as { waiting: { key: string; reason: string }[] };
    assert.deepEqual(
      waiting.map(({ key }) => key),
      [keyOf({ project: "shop", service: "db" }, { container: "slow" })],
    );
    assert.match(waiting[0]?.reason ?? "", /^slow: starting, until port 6379 accepts a connection/);
  });
});
