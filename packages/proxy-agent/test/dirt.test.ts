import assert from "node:assert/strict";
import { Dirt } from "../src/dirt.ts";

describe("Dirt", () => {
  it("begins with everything", () => {
    const dirt = new Dirt();
    assert.equal(dirt.isClean, false);
    assert.deepEqual(dirt.take(), { ports: undefined, since: undefined });
    assert.equal(dirt.isClean, true);
  });

  it("gathers what changed at each port and keeps when the first was marked", () => {
    const dirt = new Dirt();
    dirt.take();
    dirt.mark([[80, ["a"]]], 5);
    dirt.mark(
      [
        [80, ["b"]],
        [81, []],
      ],
      9,
    );
    const ports = new Map([
      [80, new Set(["a", "b"])],
      [81, new Set()],
    ]);
    assert.deepEqual(dirt.take(), { ports, since: 5 });
    assert.deepEqual(dirt.take(), { ports: new Map(), since: undefined });
  });
});
