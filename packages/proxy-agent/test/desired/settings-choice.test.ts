import assert from "node:assert/strict";
import { listText } from "@fairway/haproxy";
import { emptyListenerSchema, writeEmpty } from "../../src/desired/empty-listener.ts";
import { decide, facts } from "../facts.ts";
import { bridge, given, type EndpointFacts, type Given } from "../given.ts";

const both = { ownership: { ...facts.ownership, shared: [{ first: 6379, last: 6379 }] } };

/** One container with these settings: later letters are younger. */
function container(name: string, settings: NonNullable<EndpointFacts["settings"]>): EndpointFacts {
  const last = name.charCodeAt(0) - 90;
  const createdAt = `2026-11-22T08:00:${last}.000Z`;
  return { container: name, addresses: [bridge(`172.17.0.${last}`)], settings, createdAt };
}

function chosenOf(records: Given, changed = {}) {
  const { listeners, rejections } = decide(records, changed);
  const told = rejections.map(({ code, key, reason }) => `${code} ${key} ${reason}`);
  const lines = (listeners[0]?.settings.lines ?? []).map(({ text, from }) => [
    text,
    ...from.services,
    ...from.settings,
  ]);
  return { lines, told };
}

describe("settings of a listener", () => {
  it("are those of its containers, and say whose they are", () => {
    const settings = { TIMEOUT: "client 8h, server 8h", BALANCE: "leastconn", WEIGHT: "5" };
    const { lines, told } = chosenOf(given().service("shop", "db").endpoint(container("a", settings)));
    assert.deepEqual(lines, [
      ["balance leastconn", "shop/db", "BALANCE"],
      ["timeout client 8h", "shop/db", "TIMEOUT"],
      ["timeout server 8h", "shop/db", "TIMEOUT"],
    ]);
    assert.deepEqual(told, []);
  });

  it("are the same object as long as they are the same", () => {
    const records = given()
      .service("shop", "db")
      .endpoint(container("a", { BALANCE: "leastconn" }));
    const one = decide(records).listeners[0]?.settings;
    records.endpoint(container("b", { BALANCE: "leastconn" }));
    assert.deepEqual(decide(records).listeners[0]?.settings, one);
  });

  it("with BALANCE source say hash-type consistent, as servers come at run time", () => {
    const { lines } = chosenOf(
      given()
        .service("shop", "db")
        .endpoint(container("a", { BALANCE: "source" })),
    );
    assert.deepEqual(
      lines.map(([text]) => text),
      ["balance source", "hash-type consistent"],
    );
  });

  it("with STICKY give each server an id by its endpoint's key, the same on every proxy, and a weight to hash by", () => {
    const published = (address: string): EndpointFacts => ({
      ...container("b", {}),
      addresses: [bridge("172.17.0.20"), { via: "node", ip: address, port: 32768 }],
    });
    const records = given()
      .node("node-1")
      .service("shop", "db")
      .endpoint(published("198.18.0.11"))
      .endpoint(container("c", { WEIGHT: "50" }));
    const serversOf = (changed = {}) =>
      (decide(records, changed).listeners[0]?.servers ?? [])
        .map(({ id, ip, options }) => ({ id, ip, options: options.join(" ") }))
        .sort((a, b) => (a.options < b.options ? -1 : 1));
    const plain = serversOf();
    assert.deepEqual(
      plain.map(({ id, options }) => [id, options]),
      [
        [undefined, "check"],
        [undefined, "check weight 50"],
      ],
    );
    records.operator("shop", "db", { STICKY: "source" });
    const sticky = serversOf();
    assert.deepEqual(
      sticky.map(({ id, options }) => [typeof id, options]),
      [
        ["number", "check weight 16"],
        ["number", "check weight 50"],
      ],
    );
    const outside = serversOf({ vantage: { ...facts.vantage, kind: "outside" } });
    assert.deepEqual(
      outside.map(({ id, ip }) => [id, ip]),
      [[sticky[0]?.id, "198.18.0.11"]],
    );
  });

  it("are put together from all services, and where two say otherwise the first by name decides and the other is told", () => {
    const records = given()
      .service("shop", "web")
      .endpoint(container("a", { BALANCE: "source", OPTION: "tcplog" }))
      .service("shop", "api")
      .endpoint(container("b", { BALANCE: "leastconn", TIMEOUT: "client 1h" }));
    const { lines, told } = chosenOf(records);
    assert.deepEqual(lines, [
      ["balance leastconn", "shop/api", "BALANCE"],
      ["option tcplog", "shop/web", "OPTION"],
      ["timeout client 1h", "shop/api", "TIMEOUT"],
    ]);
    assert.deepEqual(told, [
      'setting-differs endpoints/shop/web/ a: BALANCE asks for "balance source" on port 6379, which has "balance leastconn": service shop/api decides there',
    ]);
  });

  it("are decided by the older claim's project, whatever its services are called", () => {
    const records = given()
      .service("zoo", "web")
      .endpoint(container("b", { BALANCE: "source" }))
      .service("art", "api")
      .endpoint(container("a", { BALANCE: "leastconn" }));
    assert.deepEqual(chosenOf(records, both).lines[0], ["balance source", "zoo/web", "BALANCE"]);
  });

  it("are the oldest container's within a service, and the younger ones are told once", () => {
    const records = given()
      .service("shop", "db")
      .endpoint(container("c", { BALANCE: "source" }))
      .endpoint(container("b", { BALANCE: "source" }))
      .endpoint(container("a", { BALANCE: "leastconn" }));
    const { lines, told } = chosenOf(records);
    assert.deepEqual(lines, [["balance leastconn", "shop/db", "BALANCE"]]);
    assert.deepEqual(told, [
      'setting-differs endpoints/shop/db/ b and 1 more: BALANCE asks for "balance source" on port 6379, which has "balance leastconn": its container a is older',
    ]);
  });

  it("are not those of a container that is not served", () => {
    const records = given()
      .service("shop", "db")
      .endpoint(container("b", {}))
      .service("evil", "db")
      .endpoint(container("a", { BALANCE: "source" }));
    assert.deepEqual(chosenOf(records).lines, []);
  });

  it("of a forged record are told, and have no effect", () => {
    const forged = container("a", { OPTION: "tcplog\n    bind :22", TIMEOUT: "client 1h" });
    const { lines, told } = chosenOf(given().service("shop", "db").endpoint(forged));
    assert.deepEqual(
      lines.map(([text]) => text),
      ["timeout client 1h"],
    );
    assert.match(told.join("\n"), /^setting-not-valid endpoints\/shop\/db\/ a: on port 6379 OPTION has no effect: /);
  });

  it("let in whom the newest container that is ready says: a deploy that tightens, tightens", () => {
    const old = container("a", { ALLOW: "198.51.100.0/24" });
    const records = given().service("shop", "db").endpoint(old);
    const added = (state: "starting" | "ready") =>
      given()
        .service("shop", "db")
        .endpoint(old)
        .endpoint({ ...container("b", { ALLOW: "203.0.113.9" }), state });
    const listsOf = (each: Given) => decide(each).listeners[0]?.settings.lists?.map(listText);
    assert.deepEqual(listsOf(records), ["allow 198.51.100.0/24"]);
    assert.deepEqual(listsOf(added("starting")), ["allow 198.51.100.0/24"]);
    assert.deepEqual(listsOf(added("ready")), ["allow 203.0.113.9"]);
    assert.match(
      chosenOf(added("ready")).told.join(),
      /ALLOW asks for "198.*" on port 6379, which has "203.*": its container b is/,
    );
  });

  it("let in whom an operator says, whatever labels do", () => {
    const records = given()
      .service("shop", "db")
      .endpoint(container("a", { ALLOW: "198.51.100.0/24" }))
      .operator("shop", "db", { DENY: "198.51.100.9", ALLOW: "none" });
    const lists = decide(records).listeners[0]?.settings.lists ?? [];
    assert.deepEqual(
      lists.map((list) => [listText(list), ...list.from.settings]),
      [
        ["allow ", "ALLOW of settings/shop/db"],
        ["deny 198.51.100.9", "DENY of settings/shop/db"],
      ],
    );
  });

  it("bound what a source has as the newest container that is ready says, or an operator", () => {
    const labelled = () =>
      given()
        .service("shop", "db")
        .endpoint(container("a", { RATE: "20/s per source" }))
        .endpoint(container("b", { RATE: "5/m per source", CONNECTIONS: "9 per source" }));
    const listsOf = (each: Given) => decide(each).listeners[0]?.settings.lists?.map(listText);
    assert.deepEqual(listsOf(labelled()), ["rate 5 in 1m per source", "connections 9 per source"]);
    assert.deepEqual(chosenOf(labelled()).told, [
      'setting-differs endpoints/shop/db/ a: RATE asks for "20/s per source" on port 6379, which has "5/m per source": its container b is newer, or ready',
    ]);
    const set = labelled().operator("shop", "db", { RATE: "1/s", CONNECTIONS: "2" });
    assert.deepEqual(listsOf(set), ["rate 1 in 1s per source", "connections 2 per source"]);
  });

  it("let a client go that is to send a PROXY header and says nothing, and give established connections their time", () => {
    const settings = { ACCEPT_PROXY: "10.0.0.1", TIMEOUT: "client 8h, server 8h" };
    const records = given().service("shop", "db").endpoint(container("a", settings));
    assert.deepEqual(decide(records).listeners[0]?.settings.lists?.map(listText), ["accept-proxy 10.0.0.1"]);
    assert.deepEqual(
      chosenOf(records).lines.map(([text]) => text),
      ["timeout client 10s", "timeout tunnel 8h"],
    );
  });

  it("do not bound a source by a forged record, which is told", () => {
    const forged = container("a", { RATE: "1/s if TRUE", CONNECTIONS: "9 per source" });
    const records = given().service("shop", "db").endpoint(forged);
    assert.deepEqual(decide(records).listeners[0]?.settings.lists?.map(listText), ["connections 9 per source"]);
    assert.deepEqual(chosenOf(records).told, [
      "setting-not-valid endpoints/shop/db/ a: on port 6379 RATE has no effect",
    ]);
  });

  it("stay with a listener whose last container left, over a restart of the agent too", () => {
    const [listener] = decide(
      given()
        .service("shop", "db")
        .endpoint(container("a", { BALANCE: "source", DENY: "203.0.113.9", RATE: "20/s", CONNECTIONS: "2" })),
    ).listeners;
    assert.ok(listener);
    const written = JSON.parse(JSON.stringify({ emptySince: 1, listener: writeEmpty(listener) })) as unknown;
    assert.deepEqual(emptyListenerSchema.parse(written).listener.settings, listener.settings);
  });
});
