import assert from "node:assert/strict";
import { nobodys, type JournalEntry } from "@fairway/contract";
import { parseLine, lineText, type JournalLine, type Untold } from "../../src/journal/journal-line.ts";
import { lastBy, linesOf, momentOf, numbered, replay } from "../../src/journal/replay.ts";

const at = (time: string) => `2026-11-30T${time}:00.000Z`;
const key = "nodes/n1";
const node = { v: 1, address: "198.18.0.11" };
const times = { tookMs: null, appliedMs: null };
const ofNode = (is: "came" | "changed" | "went", record?: object) => ({
  entry: { is, time: at("08:00"), text: is, ...nobodys, key, ...times } as Untold,
  ...(record && { record: record as Record<string, unknown> }),
});
const refusal = (is: "refused" | "admitted", text: string) => ({
  entry: { is, time: at("08:01"), text, ...nobodys, code: "port-taken", key: "port_6379" } as Untold,
});
const plain = (is: "began" | "ended" | "lost" | "found" | "failed" | "recovered", text: string = is) => ({
  entry: { is, time: at("08:02"), text } as Untold,
});
const reloaded = (configuration: string) => ({
  entry: { is: "reloaded", time: at("08:03"), text: "reloaded", reasons: [], configuration, tookMs: 5 } as Untold,
});
const own = { entry: { ...ofNode("came").entry, key: "proxies/n1/proxy" } as Untold, record: { v: 1, rejections: {} } };

function summary(lines: readonly JournalLine[]) {
  const { stored, ...rest } = momentOf(replay(lines), (fingerprint) => (fingerprint === "a" ? "/kept/a.cfg" : null));
  return { ...rest, stored: stored.map((each) => `${each.key} ${each.value}`) };
}

describe("what lines of a journal come to", () => {
  const nothing = { isRunning: false, lostSince: null, configuration: null, stored: [] };
  const written = `${key} {"v":1,"address":"198.18.0.11","lease":""}`;
  const refusing = (first: readonly object[], lastError: string | null) =>
    `proxies/n1/proxy ${JSON.stringify({ v: 1, rejections: { count: first.length, first }, lastError })}`;
  const one = { code: "port-taken", key: "port_6379", reason: "redis has it" };
  const rows = [
    ["nothing", [], nothing],
    ["a record that came", [ofNode("came", node)], { ...nothing, stored: [written] }],
    ["one that changed", [ofNode("came", { v: 1 }), ofNode("changed", node)], { ...nothing, stored: [written] }],
    ["one that went", [ofNode("came", node), ofNode("went")], nothing],
    ["an agent that began", [plain("began")], { ...nothing, isRunning: true }],
    ["one that ended", [plain("began"), plain("lost"), plain("ended")], nothing],
    [
      "a registry that is away",
      [plain("began"), plain("lost")],
      { ...nothing, isRunning: true, lostSince: at("08:02") },
    ],
    ["one that is back", [plain("lost"), plain("found")], nothing],
    [
      "a refusal, in the proxy's record",
      [own, refusal("refused", "redis has it")],
      { ...nothing, stored: [refusing([one], null)] },
    ],
    [
      "one that ended",
      [own, refusal("refused", "x"), refusal("admitted", "x")],
      { ...nothing, stored: [refusing([], null)] },
    ],
    ["an error", [own, plain("failed", "no room")], { ...nothing, stored: [refusing([], "no room")] }],
    [
      "an error that is over",
      [own, plain("failed", "no room"), plain("recovered")],
      { ...nothing, stored: [refusing([], null)] },
    ],
    [
      "the last of two configurations, and where its text is",
      [reloaded("b"), reloaded("a")],
      { ...nothing, configuration: { fingerprint: "a", since: at("08:03"), file: "/kept/a.cfg" } },
    ],
  ] as const;
  for (const [what, unwritten, expected] of rows) {
    it(`is ${what}, also from the state with which a next part begins`, () => {
      const lines = numbered(unwritten, 1);
      assert.deepEqual(summary(lines), expected);
      const read = linesOf(replay(lines)).map((line) => parseLine(lineText(line)));
      assert.deepEqual(summary(read.flatMap((line) => line ?? [])), expected);
    });
  }

  it("leaves out lines that are torn or no entries, and unknown fields", () => {
    const [line] = numbered([plain("began")], 7);
    assert.ok(line);
    assert.deepEqual(parseLine(lineText(line).replace("}", ',"later":1}')), line);
    for (const text of [lineText(line).slice(0, -3), "", "null", "{}", '{"is":"began"}', '{"is":"other","seq":1}'])
      assert.equal(parseLine(text), undefined, text);
  });

  for (const [what, written, asked, last] of [
    ["in order", ["08:00", "08:10", "08:20"], "08:15", 1],
    ["before the first", ["08:00"], "07:59", -1],
    ["a clock that was ahead for a while", ["08:00", "15:00", "08:10"], "08:05", 0],
    ["the same, later", ["08:00", "15:00", "08:10"], "08:30", 2],
    ["a clock that was set back", ["08:00", "08:30", "07:40", "07:50"], "08:10", 3],
  ] as const) {
    it(`is found at a time: ${what}`, () => {
      const lines = written.map((time) => ({ entry: { time: at(time) } as JournalEntry }));
      assert.equal(lastBy(lines, Date.parse(at(asked))), last);
    });
  }
});
