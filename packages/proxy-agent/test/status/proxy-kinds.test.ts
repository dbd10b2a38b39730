import assert from "node:assert/strict";
import { encode, endpointKey, type EndpointRecord, type ProxyRecord } from "@fairway/contract";
import fc from "fast-check";
import { proxyAnswers } from "../../src/status/at-proxy.ts";
import { type Known, knownOf } from "../../src/status/known-containers.ts";
import { ProxyKinds } from "../../src/status/proxy-kinds.ts";
import { proxyRecord } from "../given.ts";

const nodes = ["n1", "n2", "n3", "n4"] as const;
const ips = ["198.51.100.11", "198.51.100.12", "198.51.100.13"];
const at = { project: "shop", service: "web", port: 80, container12: "aabbccddeeff" };
const networks = [
  { id: "aa".repeat(32), name: "bridge", scope: "local" },
  { id: "bb".repeat(32), name: "shared", scope: "swarm" },
] as const;

const address: fc.Arbitrary<EndpointRecord["addresses"][number]> = fc.oneof(
  fc.record({ via: fc.constant("node" as const), ip: fc.constantFrom(...ips), port: fc.constant(32_768) }),
  fc.constantFrom(...networks).map(({ id, name, scope }) => {
    return { via: "network" as const, networkId: id, network: name, scope, ip: "198.19.0.3", port: 80 };
  }),
);

const rejection = (node: string) =>
  fc.constantFrom(endpointKey({ ...at, node }), "port_8080", "endpoints/shop/web/", "endpoints/shop/db/").map((key) => {
    return { code: "port-owned", key, reason: "it is taken" };
  });

const proxy = (endpointNode: string): fc.Arbitrary<ProxyRecord> =>
  fc
    .record({
      scope: fc.constantFrom(["endpoints/"], ["endpoints/shop/"], ["endpoints/blog/"]),
      node: fc.constantFrom(...nodes),
      kind: fc.constantFrom("node" as const, "container" as const, "outside" as const),
      networks: fc.subarray([...networks]),
      first: fc.array(rejection(endpointNode), { maxLength: 1 }),
      more: fc.boolean(),
    })
    .map(({ scope, node, kind, networks, first, more }) => {
      const vantage = { node, kind, networks: networks.map((each) => ({ ...each })) };
      return proxyRecord({ scope: [...scope], vantage, rejections: { count: first.length + (more ? 1 : 0), first } });
    });

const registry: fc.Arbitrary<Known> = fc.constantFrom(...nodes).chain((node) =>
  fc
    .record({
      addresses: fc.array(address, { minLength: 1, maxLength: 2 }),
      state: fc.constantFrom("ready" as const, "starting" as const),
      nodeIps: fc.array(fc.constantFrom(...ips), { minLength: 4, maxLength: 4 }),
      known: fc.integer({ min: 0, max: nodes.length }),
      proxies: fc.array(proxy(node), { maxLength: 12 }),
    })
    .map(({ addresses, state, nodeIps, known, proxies }) => {
      const id = at.container12.padEnd(64, "0");
      const container = { id, name: "shop_web_1", image: "web", createdAt: "2026-01-01T08:00:00.000Z" };
      const listen = [{ port: 8080, ssl: false }];
      const endpoint = { v: 1, state, addresses, listen, container, reportedAt: container.createdAt };
      return knownOf([
        stored(endpointKey({ ...at, node }), endpoint),
        ...nodes.slice(0, known).map((name, index) => stored(`nodes/${name}`, nodeRecord(nodeIps[index] ?? ""))),
        ...proxies.map((record, index) => stored(`proxies/${record.vantage.node}/p${index}`, record)),
      ]);
    }),
);

function nodeRecord(address: string) {
  return { v: 1, address, zone: "", version: "1", engineId: "e", bootId: "b", lease: "1", session: "s", synced: true };
}

function stored(key: string, record: object) {
  return { key, value: encode(record as { v: 1 }), createRevision: 1n, modRevision: 1n, lease: undefined };
}

describe("proxies of the same kind", () => {
  it("answer alike: those that are asked give every answer that all of them give", () => {
    fc.assert(
      fc.property(registry, (known) => {
        const [endpoint] = known.endpoints;
        assert.ok(endpoint);
        const asked = new ProxyKinds(known).differing(endpoint);
        const told = (proxies: Known["proxies"]) =>
          new Set(
            proxyAnswers(endpoint, known, false, proxies).map(({ served, text }) => `${served} ${wherever(text)}`),
          );
        assert.deepEqual([...told(asked)].toSorted(), [...told(known.proxies)].toSorted());
      }),
      { numRuns: 500 },
    );
  });

  it("are asked once, however many there are", () => {
    const web = { ...at, node: "n1" };
    const container = { id: "a".repeat(64), name: "w", image: "w", createdAt: "2026-01-01T08:00:00.000Z" };
    const addresses = [{ via: "node", ip: "198.51.100.11", port: 32_768 }];
    const records = Array.from({ length: 1000 }, (_, index) => {
      const vantage = { node: `node-${index}`, kind: "node" as const, networks: [] };
      return stored(`proxies/node-${index}/p`, proxyRecord({ vantage }));
    });
    const listen = [{ port: 8080, ssl: false }];
    const record = { v: 1, state: "ready", addresses, listen, container, reportedAt: container.createdAt };
    const known = knownOf([stored(endpointKey(web), record), ...records]);
    const [endpoint] = known.endpoints;
    assert.equal(endpoint && new ProxyKinds(known).differing(endpoint).length, 1);
  });
});

/** A text without the name of the node that its proxy is on. */
function wherever(text: string): string {
  return text.replace(/from (a container on )?node n[0-9]/, "from a node");
}
