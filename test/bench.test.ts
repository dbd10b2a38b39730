import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { readCommandLine } from "../bench/command-line.ts";
import { digits, median, quantile } from "../bench/figures.ts";
import { tableLines } from "../bench/table.ts";

const usage = "npm run bench -- [1] [2] [3] [--only <part of a row's name>] [--quick]";

describe("bench", () => {
  it("measures what is named, everything when nothing is", () => {
    const all = { ok: true, selection: { numbers: [], isQuick: false } };
    assert.deepEqual(readCommandLine([], [1, 2, 3]), all);
    assert.deepEqual(readCommandLine(["3", "--quick", "1"], [1, 2, 3]), {
      ok: true,
      selection: { numbers: [3, 1], isQuick: true },
    });
    assert.deepEqual(readCommandLine(["4"], [1, 2, 3]), {
      ok: false,
      reason: `"4" is no measurement: ${usage}`,
    });
  });

  it("measures rows by part of their names, and says what to give when none is", () => {
    const one = { ok: true, selection: { numbers: [3], isQuick: true, only: "1,024" } };
    assert.deepEqual(readCommandLine(["3", "--only", "1,024", "--quick"], [1, 2, 3]), one);
    const odd = { ok: false, reason: `"--only" is no measurement: ${usage}` };
    assert.deepEqual(readCommandLine(["3", "--only"], [1, 2, 3]), odd);
  });

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
