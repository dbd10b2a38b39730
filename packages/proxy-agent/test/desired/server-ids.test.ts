import assert from "node:assert/strict";
import fc from "fast-check";
import { choiceOf, ServerIds } from "../../src/desired/server-ids.ts";

/** Keys of which pairs have one first choice, found by trying some thousands. */
function contendingKeys(): readonly string[] {
  const byChoice = new Map<number, string[]>();
  for (let at = 0; at < 8000; at += 1) {
    const key = `endpoints/shop/web/80/node-1/${at}`;
    const choice = choiceOf(key, 0);
    byChoice.set(choice, [...(byChoice.get(choice) ?? []), key]);
  }
  return [...byChoice.values()].filter((keys) => keys.length > 1).flat();
}

function used(keys: readonly string[]): ServerIds {
  const ids = new ServerIds();
  ids.settle(true, keys);
  return ids;
}

describe("ids of servers", () => {
  const contending = contendingKeys();
  const keys = [...contending, "endpoints/shop/web/80/node-1/x", "endpoints/shop/web/80/node-2/y"];
  const some = fc.subarray(keys);

  it("are there only where they are used", () => {
    const ids = new ServerIds();
    ids.set("a", true);
    assert.equal(ids.idOf("a"), undefined);
    assert.deepEqual([...ids.settle(true, ["a"])], ["a"]);
    assert.equal(ids.idOf("a"), choiceOf("a", 0));
    assert.deepEqual([...ids.settle(true, ["a"])], []);
    assert.deepEqual([...ids.settle(false, ["a"])], ["a"]);
    assert.equal(ids.idOf("a"), undefined);
  });

  it("differ for each endpoint, below 2^20, also of those that would have the same one", () => {
    assert.ok(contending.length >= 10, `${contending.length} keys contend`);
    const ids = used(keys);
    const found = keys.map((key) => ids.idOf(key) ?? 0);
    assert.equal(new Set(found).size, keys.length);
    assert.ok(found.every((id) => id >= 1 && id < 2 ** 20));
  });

  it("depend on which endpoints there are, never on those that were there before or on their order", () => {
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 4 }), fc.infiniteStream(fc.nat()), (sets, random) => {
        const ids = used([]);
        let held: readonly string[] = [];
        for (const set of sets) {
          for (const key of held) if (!set.includes(key)) ids.set(key, false);
          const shuffled = set.map((key) => ({ key, at: random.next().value })).sort((a, b) => a.at - b.at);
          for (const { key } of shuffled) ids.set(key, true);
          held = set;
        }
        const fresh = used(held);
        assert.deepEqual(
          held.map((key) => ids.idOf(key)),
          held.map((key) => fresh.idOf(key)),
        );
      }),
      { numRuns: 50 },
    );
  });

  it("are told when they change for an endpoint that stays", () => {
    const [first = "", second = ""] = contending.slice(0, 2).sort();
    const ids = used([second]);
    ids.settle(true, []);
    const alone = ids.idOf(second);
    ids.set(first, true);
    assert.deepEqual([...ids.settle(true, [])], [second]);
    assert.equal(ids.idOf(first), alone);
    ids.set(first, false);
    assert.deepEqual([...ids.settle(true, [])], [second]);
    assert.equal(ids.idOf(second), alone);
  });
});
