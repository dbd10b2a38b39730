import assert from "node:assert/strict";
import { isFull, mostBytes, segmentAt, segmentNames, segmentsOf, segmentsToEnd } from "../../src/journal/segments.ts";

const day = 24 * 3_600_000;
const now = Date.UTC(2020, 0, 31);
/** Segments that began so many days ago. */
const ago = (...days: readonly number[]) =>
  days.map((each, at) => ({ number: at + 1, begunMs: now - each * day, bytes: 1000 }));

describe("the parts of a journal", () => {
  it("are found by the names of their files, in order, others left out", () => {
    const [first, second] = [segmentNames({ number: 2, begunMs: 5 }), segmentNames({ number: 10, begunMs: 3 })];
    const names = [second.lines, first.state, first.lines, "000003-7.ndjson.new", "x.cfg", "../000004-1.ndjson"];
    assert.deepEqual(segmentsOf(names.map((name) => ({ name, bytes: 10 }))), [
      { number: 2, begunMs: 5, bytes: 20 },
      { number: 10, begunMs: 3, bytes: 10 },
    ]);
  });

  for (const [what, segments, lastMs, ended] of [
    ["none of the last 30 days", ago(29, 20, 1), now, []],
    ["those that ended 30 days ago", ago(70, 40, 32, 1, 0), now, [1, 2]],
    ["never the last one", ago(70), now, []],
    [
      "none by a clock that is a year ahead when the next begins",
      [...ago(29, 20, 1), { ...ago(-365)[0]!, number: 4 }],
      now + 365 * day,
      [],
    ],
    ["none by a clock that was set back", ago(29, 1), now - 300 * day, []],
    ["the oldest beyond the bytes", ago(9, 8, 7).map((each) => ({ ...each, bytes: mostBytes / 2 })), now, [1]],
  ] as const) {
    it(`that end are ${what}`, () => {
      assert.deepEqual(
        segmentsToEnd(segments, lastMs).map(({ number }) => number),
        ended,
      );
    });
  }

  for (const [what, bytes, atMs, full] of [
    ["a little", 1000, now, false],
    ["more than 4 MB", 5 * 1024 ** 2, now, true],
    ["a little since yesterday", 1000, now + day, true],
    ["a little, by a clock that went back two days", 1000, now - 2 * day, true],
  ] as const) {
    it(`are full with ${what}: ${full}`, () => assert.equal(isFull({ begunMs: now }, bytes, atMs), full));
  }

  it("are found by a time: the last that began by then", () => {
    const parts = ago(3, 2, 1);
    assert.deepEqual(
      [4, 2.5, 2, 0].map((days) => segmentAt(parts, now - days * day)?.number),
      [undefined, 1, 2, 3],
    );
  });
});
