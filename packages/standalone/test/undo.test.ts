import assert from "node:assert/strict";
import { undoList } from "../src/undo.ts";

describe("undoing", () => {
  it("goes backwards, once, past a step that fails, and tells of that", async () => {
    const did: string[] = [];
    const said: string[] = [];
    const undo = undoList((line) => said.push(line));
    for (const step of ["first", "second", "third"]) {
      undo.add(`undo ${step}`, async () => {
        if (step === "second") throw new Error("stuck");
        did.push(step);
      });
    }
    await undo.all();
    await undo.all();
    assert.deepEqual(did, ["third", "first"]);
    assert.deepEqual(said, ["could not undo second: stuck"]);
  });
});
