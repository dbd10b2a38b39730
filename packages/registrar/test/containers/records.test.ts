import assert from "node:assert/strict";
import { fitRecords } from "../../src/containers/records.ts";

const records = (count: number, size: number) => {
  return new Map(Array.from({ length: count }, (_, at) => [`endpoints/p/s/${at + 1}/n/c`, "x".repeat(size)]));
};

describe("the records of one container", () => {
  for (const [name, count, size, written] of [
    ["are all written within its budget", 256, 4000, 256],
    ["are written up to 1 MB", 20, 100_000, 10],
    ["are not written when one alone is too large", 1, 131_073, 0],
  ] as const) {
    it(name, () => {
      const { records: fitting, rejections } = fitRecords(records(count, size));
      assert.equal(fitting.size, written);
      const refused = rejections.map(({ code, value }) => [code, value]);
      assert.deepEqual(refused, written === count ? [] : [["records-too-large", String(count - written)]]);
    });
  }
});
