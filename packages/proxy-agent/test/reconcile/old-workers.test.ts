import assert from "node:assert/strict";
import { noteOldWorkers } from "../../src/reconcile/old-workers.ts";

describe("old workers that still have connections", () => {
  it("are nothing to tell of while there are few", () => assert.deepEqual(noteOldWorkers(19), []));

  it("are told of before the oldest is ended", () => {
    assert.deepEqual(noteOldWorkers(20), [
      "20 old workers still have connections: a reload that would leave more than 25 ends the oldest with its connections, whatever RELOAD_TIMEOUT says",
    ]);
  });
});
