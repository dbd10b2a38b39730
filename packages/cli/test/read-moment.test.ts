import assert from "node:assert/strict";
import { ProgramExit } from "@fairway/program";
import { readMoment } from "../src/journal/read-moment.ts";

const now = new Date(2026, 10, 30, 14, 30, 0, 0).getTime();
const minute = 60_000;

describe("a moment that is over", () => {
  for (const [text, agoMs] of [
    ["10m", 10 * minute],
    ["90", 1.5 * minute],
    ["24h", 24 * 60 * minute],
    ["14:05", 25 * minute],
    ["14:05:30", 24.5 * minute],
    ["9:00", 330 * minute],
    ["14:31", 24 * 60 * minute - minute],
    [new Date(now - 5).toISOString(), 5],
  ] as const) {
    it(`is given as ${text}`, () => assert.equal(now - readMoment("--at", text, now), agoMs));
  }

  for (const text of [
    "",
    "noon",
    "25:00",
    "14:60",
    "2026-13-01T00:00:00Z",
    "31d",
    new Date(now + 1000).toISOString(),
  ]) {
    it(`is not given as "${text}"`, () => {
      assert.throws(
        () => readMoment("--at", text, now),
        (error) => error instanceof ProgramExit && error.code === 2 && error.message.startsWith(`error: --at ${text}`),
      );
    });
  }
});
