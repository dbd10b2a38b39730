import assert from "node:assert/strict";
import { hostPortsKey } from "@fairway/contract";
import { ownHostPorts } from "../../src/desired/own-host-ports.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { facts } from "../facts.ts";
import { given, published } from "../given.ts";

describe("a port of a container", () => {
  const cacheWith = (node: string, port: number) => {
    const cache = new RegistryCache();
    const addresses = [published("198.18.0.11", port)];
    cache.onEvent(given().service("shop", "db").endpoint({ node, addresses }).listed(), 0);
    return cache;
  };
  const cacheOf = (container12: string) => {
    const cache = new RegistryCache();
    const record = JSON.stringify({ v: 1, ports: [{ ip: "0.0.0.0", port: 6379 }] });
    cache.onEvent(
      given()
        .put(hostPortsKey({ node: "node-1", container12 }), record)
        .listed(),
      0,
    );
    return cache;
  };
  const ips = (cache: RegistryCache, changed = {}) =>
    ownHostPorts(cache, 6379, { ...facts, ...changed }).map(({ ip }) => ip);

  it("of this node is known by its endpoint alone, before its registrar's word is there", () => {
    assert.deepEqual(ips(cacheWith("node-1", 6379)), ["198.18.0.11"]);
    assert.deepEqual(ips(cacheWith("node-1", 32768)), []);
  });

  it("of another node is not this machine's", () => assert.deepEqual(ips(cacheWith("node-2", 6379)), []));

  it("is nothing to a proxy in a network of its own", () => {
    const vantage = { kind: "container", node: "node-1", networks: [] } as const;
    assert.deepEqual(ips(cacheWith("node-1", 6379), { vantage }), []);
  });

  it("is no obstacle to a proxy that is this very container", () => {
    const here = { ...facts.here, hostPortsKey: hostPortsKey({ node: "node-1", container12: "111111111111" }) };
    assert.deepEqual(ips(cacheOf("111111111111"), { here }), []);
    assert.deepEqual(ips(cacheOf("222222222222"), { here }), ["0.0.0.0"]);
  });
});
