import assert from "node:assert/strict";
import fc from "fast-check";
import { reconcile } from "@fairway/registrar";
import { applied } from "../src/reconcile.ts";

const at = (state: string, time: string) => `{"v":1,"state":"${state}","reportedAt":"${time}"}`;

describe("reconcile", () => {
  const rows: readonly (readonly [
    string,
    Readonly<Record<string, string>>,
    Readonly<Record<string, string>>,
    object,
  ])[] = [
    ["a new record is put", { a: "1" }, {}, { a: "1" }],
    ["an equal one is left alone", { a: "1" }, { a: "1" }, {}],
    ["a changed one is put", { a: "2" }, { a: "1" }, { a: "2" }],
    ["one that is not wanted is deleted", {}, { a: "1" }, { a: undefined }],
    ["all at once, sorted", { c: "3", a: "1" }, { b: "2", c: "0" }, { a: "1", b: undefined, c: "3" }],
    ["a later report of the same changes nothing", { a: at("ready", "2") }, { a: at("ready", "1") }, {}],
    ["another state does", { a: at("ready", "2") }, { a: at("starting", "1") }, { a: at("ready", "2") }],
  ];
  for (const [name, wanted, held, changes] of rows) {
    it(name, () => {
      const outcome = reconcile(new Map(Object.entries(wanted)), new Map(Object.entries(held)));
      assert.deepEqual([...outcome], Object.entries(changes));
    });
  }

  it("leads from what is held to what is wanted, and is nothing between equals", () => {
    const records = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("1", "2", "3"));
    fc.assert(
      fc.property(records, records, (wantedText, heldText) => {
        const [wanted, held] = [new Map(Object.entries(wantedText)), new Map(Object.entries(heldText))];
        const after = applied(held, reconcile(wanted, held));
        assert.deepEqual(after, wanted);
        assert.equal(reconcile(after, after).size, 0);
      }),
    );
  });
});
