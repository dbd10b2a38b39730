import assert from "node:assert/strict";
import { encode, endpointKey, claimKey, type ClaimRecord, type EndpointRecord } from "@fairway/contract";
import { DesiredState } from "../../src/desired/desired-state.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { endpointRecord, given, published, bridge, type Given } from "../given.ts";
import { facts, sections } from "../facts.ts";

const balancer = "proxy_test";

type Facts = {
  readonly node?: string;
  readonly claims?: EndpointRecord["claims"];
  readonly addresses?: EndpointRecord["addresses"];
};

const claimed = [{ balancer, port: 6379, scheme: "tcp" }];

/** An endpoint of a service that asks for port 6379 of the load balancer, published on its node. */
function put(records: Given, service: string, { node = "node-1", claims = claimed, addresses }: Facts = {}): Given {
  const key = endpointKey({ project: "shop", service, port: 6379, node, container12: `${service}-${node}` });
  const both = [bridge("172.17.0.2"), published(`198.18.0.1${node.at(-1)}`, 32768)];
  const record: EndpointRecord = {
    ...endpointRecord({ addresses: addresses ?? both, listen: [] }),
    claims: [...claims],
  };
  return records.put(key, encode(record));
}

function claim(records: Given, service: string, revision?: bigint): Given {
  const key = claimKey({ balancer, project: "shop", service, port: 6379, name: undefined });
  const record: ClaimRecord = { v: 1, claimedAt: "2026-01-01T00:00:00.000Z", by: "node-1" };
  return records.put(key, encode(record), revision);
}

function take(records: Given, now = 0) {
  const cache = new RegistryCache({ balancer });
  cache.onEvent(records.listed(), 0);
  const desired = new DesiredState({
    cache,
    facts: { ...facts, ownership: { ...facts.ownership, balancer } },
    ownAddresses: () => undefined,
    sections,
    listenerGraceMs: 0,
    empty: [],
    isServingSnapshot: false,
    now: () => now,
    log: { warn: () => undefined },
    signal: new AbortController().signal,
  });
  const taken = desired.take();
  const servers = taken?.desired.listeners.map(({ port, servers: all }) => [
    port,
    all.map(({ ip, port: at }) => `${ip}:${at}`),
  ]);
  return { servers, rejections: desired.rejections() };
}

describe("a load balancer", () => {
  it("serves what is claimed for its name, on every node, by the published port", () => {
    const records = claim(
      put(put(given().node("node-1").node("node-2"), "redis"), "redis", { node: "node-2" }),
      "redis",
    );
    assert.deepEqual(take(records).servers, [[6379, ["198.18.0.11:32768", "198.18.0.12:32768"]]]);
  });

  it("serves nothing that is claimed for another one, and nothing that ordinary proxies are asked for", () => {
    const other = put(given().node("node-1"), "redis", { claims: [{ balancer: "other", port: 6379, scheme: "tcp" }] });
    const ordinary = other.service("shop", "web").endpoint({ addresses: [published("198.18.0.11", 80)] });
    assert.deepEqual(take(ordinary), { servers: [], rejections: [] });
  });

  it("gives a port to the service that claimed it first, of one project too, and says whose it is to the other", () => {
    const records = claim(claim(put(put(given().node("node-1"), "new"), "old"), "new"), "old", 1n);
    const { servers, rejections } = take(records);
    assert.deepEqual(servers, [[6379, ["198.18.0.11:32768"]]]);
    assert.deepEqual(
      rejections.map(({ code, reason }) => [code, reason.replace(/20\S*Z/, "then")]),
      [
        [
          "port-owned",
          'one: 6379@proxy_test is shop/old\'s since then: take another port, or end its claim with "fairway-registrar release 6379@proxy_test --project shop/old"',
        ],
      ],
    );
  });

  it("refuses a port that is not published, and says what to do", () => {
    const records = claim(put(given().node("node-1"), "redis", { addresses: [bridge("172.17.0.2")] }), "redis");
    const { servers, rejections } = take(records);
    assert.deepEqual(servers, []);
    assert.match(rejections[0]?.reason ?? "", /publish its container port 6379 on node node-1/);
  });
});
