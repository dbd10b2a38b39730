import assert from "node:assert/strict";
import { isTooOld } from "../src/node.ts";

describe("a Docker engine", () => {
  const rows: readonly (readonly [string, boolean])[] = [
    ["19.03.15", true],
    ["20.05.0", true],
    ["20.10.24+dfsg1", false],
    ["26.1.5", false],
    ["dev", false],
  ];
  for (const [version, isOld] of rows) {
    it(`${version} is ${isOld ? "older than supported" : "supported"}`, () => {
      assert.equal(isTooOld({ id: "x", name: "x", version, clockMs: 0, isRootless: false }), isOld);
    });
  }
});
