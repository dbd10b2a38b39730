import assert from "node:assert/strict";
import { SharedNetworks } from "../../src/containers/shared-networks.ts";

describe("containers that use another's network", () => {
  it("are found directly and through others, also in a circle", () => {
    const shared = new SharedNetworks();
    shared.set("b", "a");
    shared.set("c", "b");
    shared.set("x", "y");
    assert.deepEqual(shared.joinersOf("a"), ["b", "c"]);
    shared.set("a", "c");
    assert.deepEqual(shared.joinersOf("a"), ["b", "c"]);
    shared.set("b", undefined);
    assert.deepEqual(shared.joinersOf("a"), []);
  });
});
