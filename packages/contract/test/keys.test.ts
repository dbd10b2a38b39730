import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  endpointKey,
  endpointsPrefixOf,
  escapeSegment,
  hostPortsKey,
  hostPortsPrefixOf,
  parseEndpointKey,
  parseHostPortsKey,
  unescapeSegment,
} from "@fairway/contract";

describe("keys", () => {
  it("writes an endpoint's key as the contract says", () => {
    const key = { project: "shop", service: "redis-master", port: 6379, node: "node-1", container12: "4f5c1b2a9d3e" };
    assert.equal(endpointKey(key), "endpoints/shop/redis-master/6379/node-1/4f5c1b2a9d3e");
    assert.deepEqual(parseEndpointKey(endpointKey(key)), key);
  });

  it("writes the key of a container's host ports as the contract says", () => {
    const at = { node: "node-1", container12: "4f5c1b2a9d3e" };
    assert.equal(hostPortsKey(at), "hostports/node-1/4f5c1b2a9d3e");
    assert.ok(hostPortsKey(at).startsWith(hostPortsPrefixOf("node-1")));
    assert.deepEqual(parseHostPortsKey(hostPortsKey(at)), at);
    for (const other of ["hostports/node-1", "hostports/node-1/a/b", "nodes/node-1"]) {
      assert.equal(parseHostPortsKey(other), undefined);
    }
  });

  it("keeps project a_b, service c apart from project a, service b_c", () => {
    assert.notEqual(endpointsPrefixOf("a_b", "c"), endpointsPrefixOf("a", "b_c"));
    assert.notEqual(endpointsPrefixOf("a/b", "c"), endpointsPrefixOf("a", "b/c"));
  });

  for (const [name, segment] of [
    ["100%", "100%25"],
    ["a/b", "a%2Fb"],
    ["line\nbreak", "line%0Abreak"],
    ["\u007f", "%7F"],
    ["größe", "größe"],
  ] as const) {
    it(`escapes ${JSON.stringify(name)} as ${segment}`, () => assert.equal(escapeSegment(name), segment));
  }

  for (const key of [
    "endpoints/a/b/0/n/c",
    "endpoints/a/b/70000/n/c",
    "endpoints/a/b/06379/n/c",
    "endpoints/a//1/n/c",
    "endpoints/a/b/1/n",
    "endpoints/a/b/1/n/c/d",
    "nodes/n",
  ]) {
    it(`does not take ${key} for an endpoint`, () => assert.equal(parseEndpointKey(key), undefined));
  }

  it("reads back whatever name it wrote, in one segment", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        const segment = escapeSegment(name);
        assert.ok(!segment.includes("/"));
        assert.equal(unescapeSegment(segment), name);
      }),
    );
  });
});
