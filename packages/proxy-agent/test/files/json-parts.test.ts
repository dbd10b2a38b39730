import assert from "node:assert/strict";
import fc from "fast-check";
import { inPieces } from "@fairway/haproxy";
import { jsonParts } from "../../src/files/snapshot-file.ts";

describe("JSON in parts", () => {
  it("is what JSON.stringify gives", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        assert.equal([...jsonParts(data)].join(""), JSON.stringify(data));
      }),
    );
  });

  it("leaves out what has no value", () => {
    assert.equal([...jsonParts({ a: undefined, b: [undefined, 1] })].join(""), '{"b":[null,1]}');
    assert.equal([...jsonParts({ a: undefined })].join(""), "{}");
  });

  it("comes in pieces of a size that can be chosen", () => {
    const data = Array.from({ length: 1000 }, (_, n) => ({ n }));
    const pieces = [...inPieces(jsonParts(data), 100)];
    assert.equal(pieces.join(""), JSON.stringify(data));
    assert.ok(pieces.slice(0, -1).every(({ length }) => length >= 100 && length < 120));
  });
});
