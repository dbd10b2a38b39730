import assert from "node:assert/strict";
import type { ListenerFacts } from "../../src/desired/desired.ts";
import { decide, facts } from "../facts.ts";
import { bridge, given, published, type Given } from "../given.ts";

/** One server on the proxy's node-1, one on node-2 in its zone, one on node-3 in another. */
function threeNodes(settings: Readonly<Record<string, string>>): Given {
  return given()
    .node("node-1", { address: "198.18.0.1", zone: "a" })
    .node("node-2", { address: "198.18.0.2", zone: "a" })
    .node("node-3", { address: "198.18.0.3", zone: "b" })
    .service("shop", "db")
    .endpoint({ container: "one", settings, addresses: [bridge("172.17.0.2")] })
    .endpoint({ container: "two", settings, node: "node-2", addresses: [published("198.18.0.2", 32768)] })
    .endpoint({ container: "three", settings, node: "node-3", addresses: [published("198.18.0.3", 32768)] });
}

function outcomeOf(records: Given, changed: Partial<ListenerFacts> = {}) {
  const { listeners, rejections } = decide(records, changed);
  const [listener] = listeners;
  return {
    lines: (listener?.settings.lines ?? []).map(({ text }) => text),
    servers: (listener?.servers ?? []).map(({ ip, options }) => `${ip} ${options.join(" ")}`).sort(),
    told: rejections.map(({ reason }) => reason),
  };
}

const watched = "check observe layer4 error-limit 1 on-error mark-down";

describe("LOCALITY", () => {
  it("node: gives servers of the proxy's node nearly all of the weight, without a line of its own", () => {
    assert.deepEqual(outcomeOf(threeNodes({ LOCALITY: "node" })), {
      lines: [],
      servers: [`172.17.0.2 ${watched} weight 256`, `198.18.0.2 ${watched}`, `198.18.0.3 ${watched}`],
      told: [],
    });
  });

  it("zone: gives it to those of the zone of the proxy's node", () => {
    assert.deepEqual(outcomeOf(threeNodes({ LOCALITY: "zone" })).servers, [
      `172.17.0.2 ${watched} weight 256`,
      `198.18.0.2 ${watched} weight 256`,
      `198.18.0.3 ${watched}`,
    ]);
  });

  it("zone: follows a node into another zone", () => {
    const records = threeNodes({ LOCALITY: "zone" }).node("node-3", { address: "198.18.0.3", zone: "a" });
    assert.ok(outcomeOf(records).servers.every((each) => each.endsWith("weight 256")));
  });

  it("zone: finds none near where the proxy's node has no zone", () => {
    const records = threeNodes({ LOCALITY: "zone" }).node("node-1", { address: "198.18.0.1" });
    assert.ok(outcomeOf(records).servers.every((each) => each.endsWith("mark-down")));
  });

  it("leaves a server that is a backup by itself as it is", () => {
    const records = threeNodes({ LOCALITY: "node", FAILOVER: "true" });
    assert.ok(outcomeOf(records).servers.every((each) => each.endsWith("check backup")));
  });

  it("implies roundrobin, and tells of BALANCE beside it", () => {
    const { lines, told } = outcomeOf(threeNodes({ LOCALITY: "node", BALANCE: "leastconn" }));
    assert.deepEqual(lines, []);
    assert.match(told.join(), /BALANCE has no effect on how a server is chosen: LOCALITY decides that/);
    assert.deepEqual(outcomeOf(threeNodes({ LOCALITY: "node" }), { balance: "leastconn" }).lines, [
      "balance roundrobin",
    ]);
  });

  it("gives way to STICKY, and is told", () => {
    const { servers, told } = outcomeOf(threeNodes({ LOCALITY: "node", STICKY: "source" }));
    assert.ok(servers.every((each) => each.endsWith("check weight 16")));
    assert.match(told.join(), /LOCALITY has no effect on how a server is chosen: STICKY decides that/);
  });

  it("is decided by one service for all of a port, and the others are told", () => {
    const records = threeNodes({ LOCALITY: "node" })
      .service("shop", "web")
      .endpoint({ container: "four", settings: { LOCALITY: "zone" }, addresses: [bridge("172.17.0.4")] });
    const { servers, told } = outcomeOf(records);
    assert.equal(servers.filter((each) => each.endsWith("weight 256")).length, 2);
    assert.match(told.join(), /LOCALITY asks for "locality zone" on port 6379, which has "locality node"/);
  });

  it("is of the node that a proxy in a container stands on", () => {
    const vantage = { ...facts.vantage, kind: "outside", node: "node-3" } as const;
    assert.deepEqual(outcomeOf(threeNodes({ LOCALITY: "node" }), { vantage }).servers, [
      `198.18.0.2 ${watched}`,
      `198.18.0.3 ${watched} weight 256`,
    ]);
  });
});
