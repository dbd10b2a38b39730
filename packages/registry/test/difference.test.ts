import assert from "node:assert/strict";
import fc from "fast-check";
import { differenceOf, isSame } from "../src/difference.ts";

type Keys = Readonly<Record<string, bigint>>;

const cases: readonly {
  readonly title: string;
  readonly held: Keys;
  readonly listed: Keys;
  readonly changed?: readonly string[];
  readonly gone?: readonly string[];
  readonly hasGoneBack?: boolean;
}[] = [
  { title: "nothing, of nothing", held: {}, listed: {} },
  { title: "nothing, of equals", held: { a: 1n, b: 2n }, listed: { a: 1n, b: 2n } },
  { title: "what is new", held: {}, listed: { a: 1n }, changed: ["a"] },
  { title: "what was written since", held: { a: 1n }, listed: { a: 2n }, changed: ["a"] },
  { title: "what is gone", held: { a: 1n, b: 2n }, listed: { b: 2n }, gone: ["a"] },
  { title: "one for another, as many as before", held: { a: 1n }, listed: { b: 2n }, changed: ["b"], gone: ["a"] },
  { title: "what is older than was seen", held: { a: 3n }, listed: { a: 2n }, changed: ["a"], hasGoneBack: true },
];

describe("the difference between what is held and what the registry lists", () => {
  for (const { title, held, listed, changed = [], gone = [], hasGoneBack = false } of cases) {
    it(`is ${title}`, () => {
      assert.deepEqual(differenceOf(mapOf(held), writesOf(listed)), { changed, gone, hasGoneBack });
    });
  }
});

describe("what is held is proven by a count and the keys written since", () => {
  it("exactly when it is all that the registry has, whichever events a watch has lost", () => {
    const step = fc.record({ key: fc.constantFrom("a", "b", "c", "d"), isPut: fc.boolean(), isLost: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.nat({ max: 12 }), (steps, comparedAt) => {
        const registry = new Map<string, bigint>();
        let held = new Map<string, bigint>();
        steps.forEach(({ key, isPut, isLost }, at) => {
          if (at === comparedAt) held = new Map(registry);
          for (const keys of isLost && at >= comparedAt ? [registry] : [registry, held]) {
            if (isPut) keys.set(key, BigInt(at + 1));
            else keys.delete(key);
          }
        });
        const since = BigInt(Math.min(comparedAt, steps.length));
        const written = writesOf(Object.fromEntries(registry)).filter(({ modRevision }) => modRevision > since);
        const isEqual = registry.size === held.size && [...registry].every(([key, at]) => held.get(key) === at);
        assert.equal(isSame(held, since, { count: registry.size, written }), isEqual);
      }),
      { numRuns: 2000 },
    );
  });

  it("not by the count and the newest write alone: a delete and a put lost, a later put seen", () => {
    const held = mapOf({ a: 1n, c: 12n });
    const registry = { b: 11n, c: 12n };
    assert.equal(isSame(held, 5n, { count: 2, written: writesOf(registry) }), false);
  });
});

function mapOf(keys: Keys): ReadonlyMap<string, bigint> {
  return new Map(Object.entries(keys));
}

function writesOf(keys: Keys) {
  return Object.entries(keys).map(([key, modRevision]) => ({ key, modRevision }));
}
