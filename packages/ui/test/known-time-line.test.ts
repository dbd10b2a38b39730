import assert from "node:assert/strict";
import {
  canGoBack,
  type KnownTimeLine,
  mostRowsKnown,
  noTimeLine,
  withNews,
  withPast,
} from "../src/page/known-time-line.ts";
import type { JournalRow, TimeLine } from "../src/view/rows.ts";

/** A row of these entries, `n1#3` at the third second and so on. */
function row(...entries: readonly string[]): JournalRow {
  const [id = ""] = entries;
  const second = id.slice(id.indexOf("#") + 1).padStart(5, "0");
  return {
    id,
    entries,
    tone: "good",
    is: "came",
    time: `2026-11-30T00:00:00.${second}Z`,
    what: "came, ready",
    name: "shop_web_1",
    service: "shop/web",
    container: "n1/aabbccddeeff",
    proxies: entries.map((entry) => entry.slice(0, entry.indexOf("#"))),
    tookMs: null,
  };
}

const part = (isCut: boolean, ...rows: readonly JournalRow[]): TimeLine => ({ rows, isCut, unasked: "", journals: 2 });
const known = (isWhole: boolean, ...rows: readonly JournalRow[]): KnownTimeLine => {
  return { rows, isWhole, endedAt: "", journals: 2 };
};
/** What is told by so many while another proxy is not asked. */
const partOf = (journals: number, ...rows: readonly JournalRow[]): TimeLine => {
  return { rows, isCut: false, unasked: "n9/lb (no answer)", journals };
};
const told = ({ rows, isWhole }: KnownTimeLine) => [...rows.map(({ entries }) => entries.join("+")), isWhole];

describe("what is known of the time line", () => {
  const news: readonly (readonly [string, KnownTimeLine, TimeLine, readonly (string | boolean)[]])[] = [
    ["is the newest at first", noTimeLine, part(true, row("a#3"), row("a#2")), ["a#3", "a#2", false]],
    ["is whole where nothing is before the newest", noTimeLine, part(false, row("a#1")), ["a#1", true]],
    [
      "goes on from the newest, each row once",
      known(true, row("a#2"), row("a#1")),
      part(true, row("a#3"), row("a#2")),
      ["a#3", "a#2", "a#1", true],
    ],
    [
      "has no row beside one that tells of it too, with what another proxy told later",
      known(true, row("a#2"), row("a#1")),
      part(true, row("b#3", "a#2")),
      ["b#3+a#2", "a#1", true],
    ],
    [
      "keeps what a proxy told that is not asked now",
      known(true, row("b#3", "a#2"), row("a#1")),
      part(true, row("a#2")),
      ["b#3+a#2", "a#1", true],
    ],
    [
      "begins anew where more has happened than an answer holds",
      known(true, row("a#2"), row("a#1")),
      part(true, row("a#9"), row("a#8")),
      ["a#9", "a#8", false],
    ],
    [
      "has no gap where the answer is everything",
      known(false, row("a#2")),
      part(false, row("a#9"), row("a#8")),
      ["a#9", "a#8", "a#2", true],
    ],
  ];
  for (const [name, before, newer, after] of news) {
    it(name, () => assert.deepEqual(told(withNews(before, newer)), after));
  }

  it("is bounded, and then not whole", () => {
    const many = Array.from({ length: mostRowsKnown }, (_, at) => row(`a#${mostRowsKnown - at}`));
    const { rows, isWhole } = withNews(known(true, ...many), part(true, row("b#10001"), row(`a#${mostRowsKnown}`)));
    assert.deepEqual([rows.length, rows[0]?.id, rows.at(-1)?.id, isWhole], [mostRowsKnown, "b#10001", "a#2", false]);
  });

  it("goes back, with a row of both parts once, in the order of time", () => {
    const recent = known(false, row("a#9"), row("b#7", "a#6"));
    const past = part(false, row("b#7", "a#6"), row("a#6"), row("b#8"), row("a#1"));
    assert.deepEqual(told(withPast(recent, row("b#7").time, past)), ["a#9", "b#8", "b#7+a#6", "a#1", true]);
  });

  it("takes nothing for whole while no journal is read, or one is not asked", () => {
    assert.equal(withNews(noTimeLine, { rows: [], isCut: false, unasked: "", journals: 0 }), noTimeLine);
    assert.deepEqual(told(withNews(noTimeLine, partOf(1, row("a#2")))), ["a#2", false]);
    const recent = known(false, row("a#9"));
    assert.equal(withPast(recent, row("a#9").time, partOf(0)), recent);
  });

  it("keeps what it has while fewer journals tell of the past than of the newest, and asks for it again", () => {
    const recent = withNews(noTimeLine, part(true, row("b#9"), row("a#8")));
    const without = withNews(recent, partOf(1, row("b#9")));
    assert.equal(withPast(without, row("a#8").time, partOf(1, row("b#2"))), without);
    assert.equal(canGoBack(without), true);
    const back = withPast(without, row("a#8").time, part(false, row("b#2"), row("a#1")));
    assert.deepEqual(told(back), ["b#9", "a#8", "b#2", "a#1", true]);
  });

  it("goes back without a proxy that is never asked, to where the others begin", () => {
    const recent = withNews(noTimeLine, { ...partOf(2, row("b#9"), row("a#8")), isCut: true });
    const back = withPast(recent, row("a#8").time, partOf(2, row("a#1")));
    assert.deepEqual([told(back), canGoBack(back)], [["b#9", "a#8", "a#1", false], true]);
    const end = withPast(back, row("a#1").time, partOf(2, row("a#1")));
    assert.deepEqual([told(end), canGoBack(end)], [["b#9", "a#8", "a#1", false], false]);
  });

  it("asks no more where an answer is full of what is known, as its entries all have one time", () => {
    const recent = withNews(noTimeLine, part(true, row("a#9"), row("a#8")));
    const same = withPast(recent, row("a#8").time, part(true, row("a#8")));
    assert.equal(same.rows, recent.rows);
    assert.deepEqual([told(same), canGoBack(recent), canGoBack(same)], [["a#9", "a#8", false], true, false]);
    assert.equal(canGoBack(withNews(same, part(true, row("a#10"), row("a#9")))), false);
    assert.equal(canGoBack(withNews(same, part(true, row("a#30"), row("a#29")))), true);
  });

  it("does not go back from a row that is not the oldest any more", () => {
    const anew = known(false, row("a#9"));
    assert.equal(withPast(anew, row("a#5").time, part(false, row("a#4"))), anew);
  });
});
