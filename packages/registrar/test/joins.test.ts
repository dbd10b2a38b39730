import assert from "node:assert/strict";
import { createJoins } from "../src/joins.ts";

describe("containers that use another's network", () => {
  it("are found directly and through others, also in a circle", () => {
    const joins = createJoins();
    joins.set("b", "a");
    joins.set("c", "b");
    joins.set("x", "y");
    assert.deepEqual(joins.joinersOf("a"), ["b", "c"]);
    joins.set("a", "c");
    assert.deepEqual(joins.joinersOf("a"), ["b", "c"]);
    joins.set("b", undefined);
    assert.deepEqual(joins.joinersOf("a"), []);
  });
});
