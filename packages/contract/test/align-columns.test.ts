import assert from "node:assert/strict";
import { alignColumns, displayWidth } from "../src/align-columns.ts";

describe("a table", () => {
  it("has its cells below each other", () => {
    assert.deepEqual(
      alignColumns([
        ["a", "b"],
        ["long", "c"],
      ]),
      ["a     b", "long  c"],
    );
  });

  for (const [what, text, width] of [
    ["Latin letters", "web-1", 5],
    ["Chinese", "数据库", 6],
    ["full-width forms and punctuation", "Ａ、", 4],
    ["half-width Katakana", "ｱｲ", 2],
    ["Hangul", "웹", 2],
    ["an emoji of several characters", "👩‍💻", 2],
    ["an accent of its own", "e\u0301", 1],
    ["Cyrillic and Greek", "дбλ", 3],
    ["a dash and an ellipsis", "–…", 2],
  ] as const) {
    it(`counts the columns of ${what}`, () => assert.equal(displayWidth(text), width));
  }

  it("has its cells below each other where some are wide", () => {
    assert.deepEqual(
      alignColumns([
        ["数据", "b"],
        ["long!", "c"],
      ]),
      ["数据   b", "long!  c"],
    );
  });

  it("may have 200,000 rows", () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => [`${index}`, "x"]);
    assert.equal(alignColumns(rows).at(0), "0       x");
  });
});
