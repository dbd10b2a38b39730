import assert from "node:assert/strict";
import { Dirt } from "../src/dirt.ts";

describe("Dirt", () => {
  it("begins with everything", () => {
    const dirt = new Dirt();
    assert.equal(dirt.isClean, false);
    assert.deepEqual(dirt.take(), { ports: undefined, since: undefined });
    assert.equal(dirt.isClean, true);
  });

  it("gathers ports and keeps when the first was marked", () => {
    const dirt = new Dirt();
    dirt.take();
    dirt.mark(80, 5);
    dirt.mark(80, 9);
    dirt.mark(81, 9);
    assert.deepEqual(dirt.take(), { ports: new Set([80, 81]), since: 5 });
    assert.deepEqual(dirt.take(), { ports: new Set(), since: undefined });
  });
});
