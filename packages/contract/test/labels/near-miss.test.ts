import assert from "node:assert/strict";
import { findNearMiss } from "../../src/labels/near-miss.ts";

describe("the name that was meant", () => {
  const names = ["required", "TCP_PORTS", "EXCLUDE_PORTS"];

  for (const [name, expected] of [
    ["requird", "required"],
    ["tcp-port", "TCP_PORTS"],
    ["TCP_PROTS", "TCP_PORTS"],
    ["colour", undefined],
  ] as const) {
    it(`is ${expected ?? "none"} for ${name}`, () => assert.equal(findNearMiss(name, names), expected));
  }

  it("is looked for in a name of a million letters within 100 ms of a processor", () => {
    const begun = process.cpuUsage();
    assert.equal(findNearMiss("x".repeat(1_000_000), names), undefined);
    const tookMs = process.cpuUsage(begun).user / 1000;
    assert.ok(tookMs < 100, `${tookMs} ms`);
  });
});
