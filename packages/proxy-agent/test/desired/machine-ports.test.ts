import assert from "node:assert/strict";
import { ownersOf } from "../../src/desired/machine-ports.ts";
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
  const owners = (cache: RegistryCache, vantage = facts.vantage) => ownersOf(cache, 6379, vantage).map(({ ip }) => ip);

  it("of this node is known by its endpoint alone, before its registrar's word is there", () => {
    assert.deepEqual(owners(cacheWith("node-1", 6379)), ["198.18.0.11"]);
    assert.deepEqual(owners(cacheWith("node-1", 32768)), []);
  });

  it("of another node is not this machine's", () => assert.deepEqual(owners(cacheWith("node-2", 6379)), []));

  it("is nothing to a proxy in a network of its own", () => {
    const vantage = { kind: "container", node: "node-1", networks: [] } as const;
    assert.deepEqual(owners(cacheWith("node-1", 6379), vantage), []);
  });
});
