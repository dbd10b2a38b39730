import assert from "node:assert/strict";
import { findCulprits } from "../../src/reconcile/find-culprits.ts";

describe("culprits", () => {
  it("are found among 1,000 with some checks each, also two that do no harm alone", async () => {
    const items = Array.from({ length: 1000 }, (_, index) => `i${index}`);
    let checks = 0;
    const found = await findCulprits(items, async (some) => {
      checks += 1;
      return !some.includes("i7") && !(some.includes("i300") && some.includes("i900"));
    });
    assert.deepEqual(found, ["i7", "i900"]);
    assert.ok(checks < 30, `${checks} checks`);
  });

  it("are at most ten at once", async () => {
    const items = Array.from({ length: 30 }, (_, index) => `i${index}`);
    const found = await findCulprits(items, (some) => Promise.resolve(some.length === 0));
    assert.deepEqual(found, items.slice(0, 10));
  });
});
