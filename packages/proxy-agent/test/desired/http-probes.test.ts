import assert from "node:assert/strict";
import { SettingsChoice } from "../../src/desired/settings-choice.ts";
import type { SeenEndpoint } from "../../src/registry/seen.ts";
import { decide } from "../facts.ts";
import { bridge, given, type EndpointFacts, type Given } from "../given.ts";

/** One container with these settings: later letters are younger. */
function container(name: string, settings: NonNullable<EndpointFacts["settings"]>): EndpointFacts {
  const last = name.charCodeAt(0) - 90;
  const createdAt = `2026-11-22T08:00:${last}.000Z`;
  return { container: name, addresses: [bridge(`172.17.0.${last}`)], settings, createdAt };
}

/** The endpoint of a service's one container, as the agent holds it. */
function seen(service: string, settings: Readonly<Record<string, string>>): SeenEndpoint {
  const at = { project: "shop", service, port: 6379, node: "node-1", container12: service };
  const asked = { state: "ready" as const, addresses: [], listen: [], settings, createdAt: "", modRevision: 1n };
  return { key: service, at, service: `shop/${service}`, container: service, ...asked };
}

function chosenOf(records: Given) {
  const { listeners, rejections } = decide(records);
  const told = rejections.map(({ code, key, reason }) => `${code} ${key} ${reason}`);
  return { lines: (listeners[0]?.settings.lines ?? []).map(({ text }) => text), told };
}

describe("probes over HTTP of a listener", () => {
  const page = { "probe.url": "http://container:8080/up" };
  const samePage = { "probe.url": "http://container:8081/up", BALANCE: "first" };
  const tcpOnly = (asking: string, why: string) =>
    `setting-differs ${asking}: probe.url asks for "option httpchk GET /up" on port 6379, which has "no check over HTTP": ` +
    `${why}: the port of its probe is checked over TCP`;
  const others = "others behind that port do not ask for the same page";
  for (const [title, web, db, lines, told] of [
    ["every container asks for it", [page, samePage], [page], "option httpchk GET /up", []],
    ["another service says nothing", [page], [{}], "", [tcpOnly("endpoints/shop/web/ a", others)]],
    [
      "an older container says nothing",
      [{}, page, page],
      [],
      "",
      [tcpOnly("endpoints/shop/web/ b and 1 more", others)],
    ],
    ["a younger container says nothing", [page, {}], [], "", [tcpOnly("endpoints/shop/web/ a", others)]],
    ["another says other things", [page], [{ BALANCE: "first" }], "", [tcpOnly("endpoints/shop/web/ a", others)]],
    [
      "another asks over TCP",
      [page],
      [{ "probe.url": "tcp://container:1" }],
      "",
      [tcpOnly("endpoints/shop/web/ a", others)],
    ],
    ["another asks for another page", [page], [{ "probe.url": "http://container/" }], "", 2],
    ["another says how it is checked", [page], [{ OPTION: "redis-check" }], "option redis-check", 1],
  ] as const) {
    it(`where ${title}: ${lines === "" ? "none" : lines}, whatever came first`, () => {
      const asked = [...web.map((each) => ["web", each] as const), ...db.map((each) => ["db", each] as const)];
      const facts = asked.map(([service, each], at) => ({ service, ...container("abc"[at] ?? "", each) }));
      for (const order of [facts, facts.toReversed()]) {
        const records = order.reduce(
          (all, { service, ...each }) => all.service("shop", service).endpoint(each),
          given(),
        );
        const chosen = chosenOf(records);
        const checks = chosen.lines.filter((text) => text.startsWith("option"));
        assert.equal(checks.join(), lines);
        if (typeof told === "number") assert.equal(chosen.told.length, told);
        else assert.deepEqual(chosen.told, told);
      }
    });
  }

  it("come when the last container that does not ask for the page leaves, and go when one comes", () => {
    const choice = new SettingsChoice({ port: 6379, balance: "roundrobin", trust: undefined });
    const asking = (key: string, settings: Readonly<Record<string, string>>) =>
      choice.set(key, { endpoint: seen(key, settings), holder: undefined });
    const has = () => choice.lines.map(({ text }) => text).join();
    asking("web", page);
    assert.equal(has(), "option httpchk GET /up");
    asking("db", {});
    asking("redis", {});
    assert.deepEqual([has(), choice.rejections.length], ["", 1]);
    choice.set("db", undefined);
    assert.equal(has(), "");
    asking("redis", page);
    assert.deepEqual([has(), choice.rejections.length], ["option httpchk GET /up", 0]);
    asking("redis", {});
    assert.equal(has(), "");
    choice.set("redis", undefined);
    assert.equal(has(), "option httpchk GET /up");
  });
});
