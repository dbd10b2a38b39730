import assert from "node:assert/strict";
import fc from "fast-check";
import { ListenerBook } from "../../src/desired/listener-book.ts";
import type { ListenerSlice } from "../../src/subscription/seen.ts";
import { View } from "../../src/subscription/view.ts";
import { registry } from "../arbitrary.ts";
import { facts } from "../facts.ts";
import { bridge, given, keyOf, type EndpointFacts, type Given } from "../given.ts";

const port = 6379;

function viewOf(records: Given): View {
  const view = new View();
  view.fold(records.listed(), 0);
  return view;
}

function bookOf({ endpoints }: Pick<ListenerSlice, "endpoints">): ListenerBook {
  const book = new ListenerBook(port, facts);
  book.setAll(endpoints);
  return book;
}

describe("a listener's book", () => {
  it("comes to the same one by one as all at once, whatever it held before", () => {
    fc.assert(
      fc.property(registry, registry, (before, after) => {
        const [old, now] = [viewOf(before).slice(port), viewOf(after)];
        const book = bookOf(old);
        book.outcome();
        const keys = new Set([...old.endpoints, ...now.slice(port).endpoints].map(({ endpoint }) => endpoint.key));
        for (const key of keys) {
          book.set(key, now.at(port, key));
          book.outcome();
        }
        assert.deepEqual(book.outcome(), bookOf(now.slice(port)).outcome());
      }),
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
