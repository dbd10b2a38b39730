import assert from "node:assert/strict";
import type { ListenerFacts } from "../../src/desired/desired.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { decide, desiredStateOf, facts } from "../facts.ts";
import { bridge, deleted, given, keyOf, type EndpointFacts, type Given } from "../given.ts";

const most = 256;

/** The endpoint of a project that asks for one front port. */
function at(port: number): EndpointFacts {
  const ip = `172.18.${port >> 8}.${port & 255}`;
  return { container: `c${port}`, addresses: [bridge(ip)], listen: [{ port, ssl: false }] };
}

function asking(records: Given, project: string, ports: readonly number[]): Given {
  for (const port of ports) records.service(project, "db").endpoint(at(port));
  return records;
}

function range(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

type Rule = Partial<ListenerFacts["ownership"]>;
const withRules = (rules: Rule) => ({ ownership: { ...facts.ownership, ...rules } });

describe("a project with more than 256 front ports", () => {
  const crowd = () => asking(given().node("node-1"), "evil", range(8000, most + 2));
  const refused = [8256, 8257];

  for (const [title, records, rules] of [
    ["is served with its oldest claims", crowd, {}],
    ["is served with as many where the proxy is its own", crowd, { project: "evil" }],
    ["is served with as many where all ports are shared", crowd, { shared: [{ first: 1, last: 65_535 }] }],
  ] as const) {
    it(title, () => {
      const { listeners, rejections } = decide(records(), withRules(rules));
      assert.deepEqual(
        listeners.map(({ port }) => port),
        range(8000, most),
      );
      assert.deepEqual(
        rejections.map(({ code, key }) => [code, key]),
        refused.map((port) => ["too-many-ports", keyOf({ project: "evil", service: "db" }, at(port))]),
      );
    });
  }

  it("is told which project, the limit, and what to do", () => {
    const { rejections } = decide(crowd());
    assert.equal(
      rejections[0]?.reason,
      "c8256: project evil asks for more than 256 front ports on this proxy, and 8256 is among the youngest: let it give up some, or move containers to another project",
    );
  });

  it("leaves others theirs, also on a port that it shares with one", () => {
    const records = asking(crowd(), "shop", [7000, 8257]);
    const { listeners } = decide(records, withRules({ shared: [{ first: 8257, last: 8257 }] }));
    const of = (port: number) => listeners.find((listener) => listener.port === port)?.services;
    assert.deepEqual([of(7000), of(8256), of(8257)], [["shop/db"], undefined, ["shop/db"]]);
  });

  it("does not count ports that are another's, or outside LISTEN_PORTS", () => {
    const records = asking(given().node("node-1"), "shop", range(8000, 10));
    asking(records, "evil", range(8000, most + 20));
    const ports = { ...facts.ports, allowed: [{ first: 8000, last: 8265 }] };
    const { rejections } = decide(records, { ports });
    assert.deepEqual([...new Set(rejections.map(({ code }) => code))].sort(), ["port-not-allowed", "port-owned"]);
  });

  it("is served with the next one as soon as it gives up an older, of which it is told nothing else", () => {
    const cache = new RegistryCache();
    const warned: string[] = [];
    const log = { warn: (each: { key?: string }) => void warned.push(String(each.key)) };
    const state = desiredStateOf(cache, { log: log as never });
    const keyAt = (port: number) => keyOf({ project: "evil", service: "db" }, at(port));
    cache.onEvent(crowd().listed(), 0);
    state.take();
    assert.deepEqual(warned, refused.map(keyAt));
    const revision = cache.revision + 1n;
    cache.onEvent(deleted(revision, keyAt(8100)), 0);
    const stored = given(revision).node("node-1").stored;
    cache.settle(cache.missing.due(0), { revision, stored }, { now: 0 });
    const listener = state.take()?.desired.listeners.find(({ port }) => port === 8256);
    assert.deepEqual([listener?.servers.length, state.rejections().map(({ key }) => key)], [1, [keyAt(8257)]]);
  });
});
