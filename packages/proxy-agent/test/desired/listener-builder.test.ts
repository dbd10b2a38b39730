import assert from "node:assert/strict";
import fc from "fast-check";
import { ListenerBook } from "../../src/desired/listener-builder.ts";
import type { ListenerSlice } from "../../src/registry/seen.ts";
import { View } from "../../src/registry/view.ts";
import { contended, contenders, endpointFacts, registry } from "../arbitrary.ts";
import { facts } from "../facts.ts";
import { bridge, deleted, given, keyOf, type EndpointFacts, type Given } from "../given.ts";

const port = 6379;

/** On the swarm's network too: most addresses can be reached. */
const onMesh = { id: "5".repeat(25), name: "mesh", scope: "swarm" };
const reachingMost = { ...facts, vantage: { ...facts.vantage, networks: [onMesh] } };

function viewOf(records: Given): View {
  const view = new View();
  view.fold(records.listed(), 0);
  return view;
}

function bookOf({ endpoints }: Pick<ListenerSlice, "endpoints">): ListenerBook {
  const book = new ListenerBook(port, reachingMost);
  book.setAll(endpoints);
  return book;
}

const anyRegistry = fc.oneof(registry, contended);

const changes = fc.record({
  endpoints: fc.array(fc.oneof(endpointFacts, contenders), { maxLength: 3 }),
  /** Services that get an age. */
  services: fc.subarray(["db", "web"]),
});

/** Writes some of it anew. */
function write(view: View, { endpoints, services }: typeof changes extends fc.Arbitrary<infer T> ? T : never): void {
  const records = given(view.revision);
  for (const service of services) records.service("shop", service);
  for (const { service, ...each } of endpoints) records.of("shop", service).endpoint(each);
  view.fold(records.changed(), 0);
}

const departures = fc.record({ picks: fc.array(fc.nat(), { maxLength: 4 }), isJudged: fc.boolean() });

/** Deletes some of what stands there; of what is then not judged yet one may be gone at once. */
function leave(view: View, { picks, isJudged }: typeof departures extends fc.Arbitrary<infer T> ? T : never): void {
  const { endpoints } = view.slice(port);
  const keys = picks.flatMap((pick) => endpoints[pick % endpoints.length]?.endpoint.key ?? []);
  view.fold(deleted(view.revision, ...keys), 0);
  const [gone] = isJudged ? view.toJudge(0) : [];
  const node = given().node(gone?.at.node ?? "").stored;
  if (gone) view.settle([gone], { revision: view.revision, stored: node }, 0);
}

describe("a listener's book", () => {
  it("comes to the same one by one as all at once, whatever it held before", () => {
    fc.assert(
      fc.property(anyRegistry, changes, departures, departures, (before, change, leftBefore, leftAfter) => {
        const view = viewOf(before);
        leave(view, leftBefore);
        const old = view.slice(port);
        const book = bookOf(old);
        book.outcome();
        write(view, change);
        leave(view, leftAfter);
        const now = view.slice(port);
        for (const { endpoint } of [...old.endpoints, ...now.endpoints]) {
          book.set(endpoint.key, view.at(port, endpoint.key));
          book.outcome();
        }
        assert.deepEqual(book.outcome(), bookOf(now).outcome());
      }),
      { numRuns: 1000 },
    );
  });

  it("answers the same object when nothing changed", () => {
    const view = viewOf(given().service("shop", "db").endpoint().endpoint({ container: "two" }));
    const book = bookOf(view.slice(port));
    const outcome = book.outcome();
    book.setAll(view.slice(port).endpoints);
    const key = keyOf({ project: "shop", service: "db" });
    book.set(key, view.at(port, key));
    assert.equal(book.outcome(), outcome);
  });

  it("leaves the servers the same objects when a record is put again unchanged", () => {
    const twoAddresses = { addresses: [bridge("172.17.0.2"), bridge("172.18.0.2")] };
    const records = given().service("shop", "db").endpoint(twoAddresses);
    const book = bookOf(viewOf(records).slice(port));
    const before = book.outcome().listener?.servers;
    const again = (facts: EndpointFacts) => {
      const key = keyOf({ project: "shop", service: "db" });
      book.set(key, viewOf(records.endpoint(facts)).at(port, key));
      return book.outcome().listener?.servers;
    };
    assert.equal(again(twoAddresses), before);
    assert.notDeepEqual(again({ ...twoAddresses, state: "draining" }), before);
    assert.deepEqual(again(twoAddresses), before);
    assert.notDeepEqual(again({}), before, "connections to its other address may last no longer");
  });

  it("keeps every other server the same object", () => {
    const two = { container: "two", addresses: [bridge("172.17.0.3")] };
    const records = given().service("shop", "db").endpoint().endpoint(two);
    const book = bookOf(viewOf(records).slice(port));
    const before = book.outcome().listener?.servers ?? [];
    const key = keyOf({ project: "shop", service: "db" }, two);
    book.set(key, viewOf(records.endpoint({ ...two, state: "unhealthy" })).at(port, key));
    const now = book.outcome().listener?.servers ?? [];
    assert.equal(before.filter((server) => now.includes(server)).length, 1);
    assert.equal(now.filter((server) => before.includes(server)).length, 1);
  });
});
