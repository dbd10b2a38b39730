import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { readCommandLine } from "../bench/command-line.ts";
import { digits, median, quantile } from "../bench/figures.ts";
import { tableLines } from "../bench/table.ts";

const known = [{ number: 1 }, { number: 2 }, { number: 3, rows: ["1,024 ports that flap", "a crash loop"] }];
const usage = "npm run bench -- [1] [2] [3] [--only <part of a row's name>] [--quick]";

describe("bench", () => {
  it("measures what is named, everything when nothing is", () => {
    const all = { ok: true, selection: { numbers: [], isQuick: false } };
    assert.deepEqual(readCommandLine([], known), all);
    assert.deepEqual(readCommandLine(["3", "--quick", "1"], known), {
      ok: true,
      selection: { numbers: [3, 1], isQuick: true },
    });
    assert.deepEqual(readCommandLine(["4"], known), {
      ok: false,
      reason: `"4" is no measurement: ${usage}`,
    });
  });

  it("measures rows by part of their names", () => {
    const one = { ok: true, selection: { numbers: [3], isQuick: true, only: "1,024" } };
    assert.deepEqual(readCommandLine(["3", "--only", "1,024", "--quick"], known), one);
  });

  for (const [line, reason] of [
    ["3 --only", "--only needs a part of a row's name"],
    ["3 --only --quick", "--only needs a part of a row's name"],
    ["1 --only flap", "--only chooses rows by name, and there are none with names in 1"],
    ["1 3 --only flap", "--only chooses rows by name, and there are none with names in 1"],
    ["--only flap", "--only chooses rows by name, and there are none with names in 1, 2"],
    ["3 --only flop", 'no row of 3 has "flop" in its name'],
    ["3 --only flap --only crash", '"--only" is no measurement'],
  ] as const) {
    it(`refuses ${line} in one line`, () => {
      assert.deepEqual(readCommandLine(line.split(" "), known), { ok: false, reason: `${reason}: ${usage}` });
    });
  }

  it("takes quantiles by the nearest rank", () => {
    const values = [5, 1, 4, 2, 3];
    assert.equal(median(values), 3);
    assert.equal(quantile(values, 0.99), 5);
    assert.equal(quantile(values, 0.2), 1);
    assert.throws(() => median([]), /no values/);
  });

  it("writes three digits that matter", () => {
    assert.deepEqual([0.123, 1.234, 12.34, 1234.5].map(digits), ["0.12", "1.23", "12.3", "1,235"]);
  });

  it("aligns words to the left and numbers to the right", () => {
    const table = {
      head: ["way", "p50"],
      rows: [
        ["ours", "1.50 ms"],
        ["a longer one", "12.0 ms"],
      ],
    };
    assert.deepEqual(tableLines(table), [
      "| way          |     p50 |",
      "|--------------|--------:|",
      "| ours         | 1.50 ms |",
      "| a longer one | 12.0 ms |",
    ]);
  });
});
