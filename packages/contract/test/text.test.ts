import assert from "node:assert/strict";
import { alignColumns } from "../src/text.ts";

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

  it("may have 200,000 rows", () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => [`${index}`, "x"]);
    assert.equal(alignColumns(rows).at(0), "0       x");
  });
});
