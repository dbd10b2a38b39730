import assert from "node:assert/strict";
import type { JournalEntry } from "@fairway/contract";
import { medianOf } from "../src/page/median.ts";
import { finder } from "../src/page/search.ts";
import { clockTime } from "../src/page/times.ts";
import { sampleOf } from "../src/server/samples.ts";
import { timeLine } from "../src/server/time-line.ts";
import { journalRows } from "../src/view/journal-rows.ts";

const container = "aabbccddeeff";

function came(
  seq: number,
  second: number,
  more: { readonly tookMs?: number | null; readonly text?: string } = {},
): JournalEntry {
  const { tookMs = 20, text = "came, ready" } = more;
  const time = `2026-11-30T08:00:${String(second).padStart(2, "0")}.000Z`;
  const whose = { project: "shop", service: "web", node: "n1", container, containerName: "shop_web_1" };
  return { is: "came", seq, time, text, ...whose, key: `endpoints/shop/web/80/n1/${container}`, tookMs, appliedMs: 1 };
}

const reloaded: JournalEntry = {
  is: "reloaded",
  seq: 9,
  time: "2026-11-30T08:00:30.000Z",
  text: "HAProxy was reloaded",
  reasons: [],
  configuration: "f",
  tookMs: 80,
};

describe("the time line", () => {
  it("tells what happened to several proxies once, with the longest time, the newest first", () => {
    const rows = journalRows(
      new Map([
        ["n1/lb", [came(1, 10), reloaded]],
        ["n2/lb", [came(7, 12, { tookMs: 45 })]],
      ]),
    );
    assert.deepEqual(
      rows.map(({ is, container, entries, proxies, tookMs }) => ({ is, container, entries, proxies, tookMs })),
      [
        { is: "reloaded", container: "", entries: ["n1/lb#9"], proxies: ["n1/lb"], tookMs: 80 },
        {
          is: "came",
          container: `n1/${container}`,
          entries: ["n2/lb#7", "n1/lb#1"],
          proxies: ["n1/lb", "n2/lb"],
          tookMs: 45,
        },
      ],
    );
  });

  it("tells what is wrong apart from what is well, and without the name beside it", () => {
    const told = (text: string, more: Partial<JournalEntry> = {}) => {
      const entry = { ...came(1, 10, { text }), ...more } as JournalEntry;
      return journalRows(new Map([["n1/lb", [entry]]])).map(({ tone, what }) => `${tone}: ${what}`);
    };
    assert.deepEqual(told("came, ready"), ["quiet: came, ready"]);
    assert.deepEqual(told("is unhealthy, and was ready", { is: "changed" }), ["quiet: is unhealthy, and was ready"]);
    assert.deepEqual(told("came, synced", { key: "nodes/n1" }), ["good: came, synced"]);
    assert.deepEqual(told("has other addresses", { is: "changed" }), ["quiet: has other addresses"]);
    const refusal = { key: "rejections/n1/aabbccddeeff" };
    assert.deepEqual(told("its registrar refuses or hints at: x", refusal), [
      "partly: its registrar refuses or hints at: x",
    ]);
    assert.deepEqual(told("shop_web_1: port 80 is taken", { is: "refused" }), ["broken: port 80 is taken"]);
  });

  it("tells twice what one proxy tells twice, and what happened long after", () => {
    const twice = journalRows(new Map([["n1/lb", [came(1, 10), came(2, 11)]]]));
    assert.equal(twice.length, 2);
    const late = journalRows(
      new Map([
        ["n1/lb", [came(1, 10)]],
        ["n2/lb", [came(1, 40)]],
      ]),
    );
    assert.equal(late.length, 2);
  });

  it("has nothing in it that acts on who reads it", () => {
    const [row] = journalRows(new Map([["n1/lb", [came(1, 1, { text: "\u202e<b>" })]]]));
    assert.equal(row?.what, "\\u{202e}<b>");
  });

  it("goes back no further than every journal that was cut", async () => {
    const answers = new Map([
      ["n1/lb", { from: null, isCut: true, entries: [came(5, 20), came(6, 30)] }],
      ["n2/lb", { from: null, isCut: false, entries: [came(1, 1, { text: "older" }), came(2, 50)] }],
    ]);
    const agents = {
      journal: async () => ({ answers, unasked: "n3/lb (no API_LISTEN there)" }),
      moment: () => assert.fail("is not asked"),
      services: () => assert.fail("is not asked"),
    };
    const { rows, isCut, unasked, journals } = await timeLine(agents, [], undefined);
    assert.deepEqual(
      rows.map(({ time }) => time.slice(17, 19)),
      ["50", "30", "20"],
    );
    assert.deepEqual([isCut, unasked, journals], [true, "n3/lb (no API_LISTEN there)", 2]);
  });

  it("is searched by the texts that it shows", () => {
    const [row] = journalRows(new Map([["n1/lb", [came(1, 10)]]]));
    assert.ok(row !== undefined);
    assert.equal(finder(clockTime(row.time, Date.now()))(row), true);
    assert.equal(finder(row.time)(row), false);
  });

  it("shows the date of what is older than a day", () => {
    const at = new Date(2026, 10, 30, 8, 5, 9);
    assert.equal(clockTime(at.toISOString(), at.getTime()), "08:05:09");
    assert.equal(clockTime(at.toISOString(), at.getTime() + 2 * 86_400_000), "2026-11-30 08:05:09");
    assert.equal(clockTime("never", 0), "");
  });
});

describe("figures of the proxies", () => {
  const last = { at: 0, sessions: 3, perSecond: null };
  const before = new Map([["n1/lb", { current: 3, total: 100 }]]);

  it("are summed up, with what is new a second", () => {
    const now = new Map([["n1/lb", { current: 5, total: 150 }]]);
    assert.deepEqual(sampleOf(5000, now, { before, last }), { at: 5000, sessions: 5, perSecond: 10 });
  });

  it("take what counts from the beginning, or is new, for nothing new", () => {
    const now = new Map([
      ["n1/lb", { current: 1, total: 2 }],
      ["n2/lb", { current: 4, total: 900 }],
    ]);
    assert.deepEqual(sampleOf(5000, now, { before, last }), { at: 5000, sessions: 5, perSecond: 0 });
    assert.equal(sampleOf(5000, now, { before: new Map(), last: undefined }).perSecond, null);
  });

  it("have a median, where there are any", () => assert.deepEqual([medianOf([9, 1, 5]), medianOf([])], [5, undefined]));
});
