import assert from "node:assert/strict";
import { isStopping } from "../../src/containers/sent-signals.ts";

describe("a container", () => {
  it("is ended by its own stop signal, TERM and KILL, and by no other", () => {
    const stopping = [1, 2, 9, 10, 15].filter((signal) => isStopping(signal, 10));
    assert.deepEqual(stopping, [9, 10, 15]);
  });
});
