import assert from "node:assert/strict";
import { noTimeLine } from "../src/page/known-time-line.ts";
import { emptyText, endText } from "../src/page/time-texts.ts";
import { clockTime } from "../src/page/times.ts";
import type { JournalRow, TimeLine } from "../src/view/rows.ts";

const time = "2026-11-30T08:00:00.000Z";
const nowMs = Date.parse(time) + 5000;
const clock = clockTime(time, nowMs);

const row: JournalRow = {
  id: "n1/lb#1",
  entries: ["n1/lb#1"],
  tone: "quiet",
  is: "began",
  time,
  what: "the agent began",
  name: "",
  service: "",
  container: "",
  proxies: ["n1/lb"],
  tookMs: null,
};

const news: TimeLine = { rows: [], isCut: false, unasked: "", journals: 1 };
const some = { ...noTimeLine, rows: [row], journals: 1 };

describe("what the time line says of itself", () => {
  it("tells a journal in which nothing is from one that nobody reads", () => {
    const nothing = { known: noTimeLine, search: "", nowMs };
    assert.equal(emptyText(undefined, nothing), "Reading the journals …");
    assert.equal(emptyText({ ...news, journals: 0 }, nothing), "No journal could be read.");
    assert.equal(emptyText(news, nothing), "Nothing has happened yet.");
  });

  it("says how far back it has searched", () => {
    const searched = { known: some, search: "x", nowMs };
    assert.equal(emptyText(news, searched), `Nothing is called “x” since ${clock}.`);
    assert.equal(endText(searched), `searched since ${clock}: without a search one scrolls further back`);
    const whole = { ...searched, known: { ...some, isWhole: true } };
    assert.equal(emptyText(news, whole), "Nothing is called “x”.");
  });

  for (const [name, known, text] of [
    ["nothing", noTimeLine, ""],
    ["what goes on", some, ""],
    ["where the journals begin", { ...some, isWhole: true }, "this is where the journals begin"],
    ["where no more is told", { ...some, endedAt: time }, "fairway history tells what was before"],
  ] as const) {
    it(`says of ${name} "${text}"`, () => assert.equal(endText({ known, search: "", nowMs }), text));
  }
});
