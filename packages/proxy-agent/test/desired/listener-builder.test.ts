import assert from "node:assert/strict";
import { inOrder } from "@fairway/contract";
import fc from "fast-check";
import { ListenerBuilder } from "../../src/desired/listener-builder.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { contended, contenders, endpointFacts, putEndpoint, registry } from "../arbitrary.ts";
import { facts } from "../facts.ts";
import { bridge, deleted, given, keyOf, type EndpointFacts, type Given } from "../given.ts";

const port = 6379;

/** On the swarm's network too: most addresses can be reached. */
const onMesh = { id: "5".repeat(25), name: "mesh", scope: "swarm" };
const reachingMost = { ...facts, vantage: { ...facts.vantage, networks: [onMesh] } };

function cacheOf(records: Given): RegistryCache {
  const cache = new RegistryCache();
  cache.onEvent(records.listed(), 0);
  return cache;
}

function builderOf(cache: RegistryCache): ListenerBuilder {
  const builder = new ListenerBuilder(port, reachingMost);
  builder.setHolders(cache.holdersOf(port));
  builder.setAll(cache.atPort(port));
  return builder;
}

function outcomeOf(builder: ListenerBuilder) {
  const listener = builder.build();
  return { listener, rejections: [...builder.rejections()].sort(inOrder) };
}

const anyRegistry = fc.oneof(registry, contended);

const changes = fc.record({
  endpoints: fc.array(fc.oneof(endpointFacts, contenders), { maxLength: 3 }),
  /** Projects that claim the port. */
  claims: fc.subarray(["shop", "bank", "evil"]),
});

/** Writes some of it anew. */
function write(
  cache: RegistryCache,
  { endpoints, claims }: typeof changes extends fc.Arbitrary<infer T> ? T : never,
): void {
  const records = given(cache.revision);
  for (const project of claims) records.claim(project, port);
  for (const each of endpoints) putEndpoint(records, each);
  cache.onEvent(records.changed(), 0);
}

const departures = fc.record({ picks: fc.array(fc.nat(), { maxLength: 4 }), isJudged: fc.boolean() });

/** Deletes some of what stands there; of what is then not judged yet one may be gone at once. */
function leave(
  cache: RegistryCache,
  { picks, isJudged }: typeof departures extends fc.Arbitrary<infer T> ? T : never,
): void {
  const endpoints = cache.atPort(port);
  const keys = picks.flatMap((pick) => endpoints[pick % endpoints.length]?.endpoint.key ?? []);
  cache.onEvent(deleted(cache.revision, ...keys), 0);
  const [gone] = isJudged ? cache.missing.due(0) : [];
  const node = given().node(gone?.at.node ?? "").stored;
  if (gone) cache.settle([gone], { revision: cache.revision, stored: node }, { now: 0 });
}

describe("the builder of a listener", () => {
  it("comes to the same one by one as all at once, whatever it held before", () => {
    fc.assert(
      fc.property(anyRegistry, changes, departures, departures, (before, change, leftBefore, leftAfter) => {
        const cache = cacheOf(before);
        leave(cache, leftBefore);
        const old = cache.atPort(port);
        const builder = builderOf(cache);
        builder.build();
        write(cache, change);
        leave(cache, leftAfter);
        const now = cache.atPort(port);
        builder.setHolders(cache.holdersOf(port));
        for (const { endpoint } of [...old, ...now]) {
          builder.set(endpoint.key, cache.at(port, endpoint.key));
          builder.build();
        }
        assert.deepEqual(outcomeOf(builder), outcomeOf(builderOf(cache)));
      }),
      { numRuns: 1000 },
    );
  });

  it("returns the same object when nothing changed", () => {
    const cache = cacheOf(given().service("shop", "db").endpoint().endpoint({ container: "two" }));
    const builder = builderOf(cache);
    const listener = builder.build();
    builder.setAll(cache.atPort(port));
    const key = keyOf({ project: "shop", service: "db" });
    builder.set(key, cache.at(port, key));
    assert.equal(builder.build(), listener);
  });

  it("leaves the servers the same objects when a record is put again unchanged", () => {
    const twoAddresses = { addresses: [bridge("172.17.0.2"), bridge("172.18.0.2")] };
    const records = given().service("shop", "db").endpoint(twoAddresses);
    const builder = builderOf(cacheOf(records));
    const before = builder.build()?.servers;
    const again = (facts: EndpointFacts) => {
      const key = keyOf({ project: "shop", service: "db" });
      builder.set(key, cacheOf(records.endpoint(facts)).at(port, key));
      return builder.build()?.servers;
    };
    assert.equal(again(twoAddresses), before);
    assert.notDeepEqual(again({ ...twoAddresses, state: "draining" }), before);
    assert.deepEqual(again(twoAddresses), before);
    assert.notDeepEqual(again({}), before, "connections to its other address may last no longer");
  });

  it("keeps every other server the same object", () => {
    const two = { container: "two", addresses: [bridge("172.17.0.3")] };
    const records = given().service("shop", "db").endpoint().endpoint(two);
    const builder = builderOf(cacheOf(records));
    const before = builder.build()?.servers ?? [];
    const key = keyOf({ project: "shop", service: "db" }, two);
    builder.set(key, cacheOf(records.endpoint({ ...two, state: "unhealthy" })).at(port, key));
    const now = builder.build()?.servers ?? [];
    assert.equal(before.filter((server) => now.includes(server)).length, 1);
    assert.equal(now.filter((server) => before.includes(server)).length, 1);
  });
});
