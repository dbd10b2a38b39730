import assert from "node:assert/strict";
import { addressIn, hashOf, type PageAddress } from "../src/page/address.ts";

describe("the address of a view", () => {
  const addresses: readonly (readonly [string, PageAddress])[] = [
    ["", { view: "", opened: "", at: "" }],
    ["ports", { view: "ports", opened: "", at: "" }],
    ["services/n1%2Faabbccddeeff", { view: "services", opened: "n1/aabbccddeeff", at: "" }],
    ["time/n%C3%BC%2Faa/2026-11-30T08%3A00%3A00Z", { view: "time", opened: "nü/aa", at: "2026-11-30T08:00:00Z" }],
  ];
  for (const [hash, address] of addresses) {
    it(`is written and read as ${hash || "nothing"}`, () => {
      assert.equal(hashOf(address), hash);
      assert.deepEqual(addressIn(`#${hash}`), address);
    });
  }

  it("leads to what is now where its time is none", () => {
    assert.deepEqual(addressIn("#time/n1%2Fab/x"), { view: "time", opened: "n1/ab", at: "" });
  });

  it("leads to the first view where it is no encoded text", () => {
    assert.deepEqual(addressIn("#%E0%A4%A/%"), { view: "", opened: "", at: "" });
  });
});
