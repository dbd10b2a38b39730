import assert from "node:assert/strict";
import fc from "fast-check";
import { Nearness, type Standing } from "../../src/desired/nearness.ts";

const near = (weight = 1): Standing => ({ isNear: true, isReady: true, weight });
const far: Standing = { isNear: false, isReady: true, weight: 1 };

function placed(nearOnes: readonly Standing[], farCount: number, node = "node-1"): Nearness {
  const nearness = new Nearness(node);
  nearOnes.forEach((each, at) => nearness.set(`near-${at}`, each));
  for (let at = 0; at < farCount; at += 1) nearness.set(`far-${at}`, far);
  return nearness;
}

/** How many far ones help, how many are spare, and what share of the weight near ones have. */
function sharesOf(nearness: Nearness, nearCount: number, farCount: number) {
  const places = (name: string, count: number) =>
    Array.from({ length: count }, (_, at) => nearness.placeOf(`${name}-${at}`));
  const [ofNear, ofFar] = [places("near", nearCount), places("far", farCount)];
  const helping = ofFar.filter((place) => place?.weight === 1 && !place.isSpare).length;
  const spare = ofFar.filter((place) => place?.isSpare).length;
  const weights = ofNear.map((place) => place?.weight ?? 1);
  const sum = weights.reduce((all, each) => all + each, 0);
  return { weights, helping, spare, share: sum / (sum + helping) };
}

describe("servers near a proxy", () => {
  for (const [nearCount, farCount, helping] of [
    [1, 1, 1],
    [1, 13, 13],
    [1, 14, 13],
    [1, 50, 13],
    [3, 50, 39],
    [20, 50, 50],
  ] as const)
    it(`have at least 95 % of the weight: ${nearCount} beside ${farCount} far ones, of which ${helping} help`, () => {
      const shares = sharesOf(placed(Array(nearCount).fill(near()), farCount), nearCount, farCount);
      assert.deepEqual([shares.helping, shares.spare], [helping, farCount - helping]);
      assert.deepEqual(shares.weights, Array(nearCount).fill(256));
      assert.ok(shares.share >= 0.95, `${shares.share}`);
    });

  it("keep their own weights among each other, and at least 95 % together", () => {
    const shares = sharesOf(placed([near(50), near(100), near(1)], 50), 3, 50);
    assert.deepEqual(shares.weights, [128, 256, 3]);
    assert.ok(shares.share >= 0.95, `${shares.share}`);
  });

  it("leave all others as they are while none of them is ready", () => {
    for (const none of [[], [{ ...near(), isReady: false }]]) {
      const nearness = placed(none, 50);
      assert.deepEqual(nearness.placeOf("far-7"), { weight: undefined, isSpare: false });
      assert.equal(sharesOf(nearness, none.length, 50).spare, 0);
    }
  });

  it("are helped by others on another node", () => {
    const helpers = (node: string) => {
      const nearness = placed([near()], 50, node);
      return Array.from({ length: 50 }, (_, at) => at).filter((at) => nearness.placeOf(`far-${at}`)?.weight === 1);
    };
    assert.notDeepEqual(helpers("node-1"), helpers("node-2"));
  });

  it("have at most thirteen others change place when one comes or goes, and a far one changes one other", () => {
    const nearness = placed([near(), near()], 100);
    nearness.takeMoved();
    const changedBy = (key: string, standing: Standing | undefined) => {
      nearness.set(key, standing);
      return [...nearness.takeMoved()].filter((each) => each !== key).length;
    };
    assert.equal(changedBy("near-2", near()), 13);
    assert.equal(changedBy("near-2", undefined), 13);
    for (let at = 0; at < 100; at += 1) {
      assert.ok(changedBy(`far-${at}`, undefined) <= 1);
      assert.ok(changedBy(`far-${at}`, far) <= 1);
    }
  });

  it("are told by what is there alone, and whatever changes place is told", () => {
    const key = fc.integer({ min: 0, max: 40 }).map(String);
    const standing = fc.option(
      fc.record({ isNear: fc.boolean(), isReady: fc.boolean(), weight: fc.constantFrom(1, 1, 50) }),
      { nil: undefined },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(key, standing), { maxLength: 80 }), (changes) => {
        const nearness = new Nearness("node-1");
        const held = new Map<string, Standing>();
        const known = new Map<string, unknown>();
        for (const [each, now] of changes) {
          nearness.set(each, now);
          if (now) held.set(each, now);
          else held.delete(each);
          for (const moved of nearness.takeMoved()) known.set(moved, nearness.placeOf(moved));
        }
        const fresh = new Nearness("node-1");
        for (const [each, now] of [...held].toReversed()) fresh.set(each, now);
        for (const each of held.keys()) {
          assert.deepEqual(nearness.placeOf(each), fresh.placeOf(each));
          assert.deepEqual(known.get(each), nearness.placeOf(each));
        }
      }),
    );
  });
});
