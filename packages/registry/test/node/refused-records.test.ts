import assert from "node:assert/strict";
import { RefusedRecords } from "../../src/node/refused-records.ts";

describe("records that the registry does not take", () => {
  it("are tried again one of each project first, however many another has", () => {
    const records = new RefusedRecords();
    const refuse = (key: string) => records.onRefused([{ type: "put", key, value: "{}", lease: "1" }], "denied");
    const keyOf = (project: string, at: number) => `endpoints/${project}/web/80/node-1/${at}`;
    for (let at = 0; at < 1000; at += 1) refuse(keyOf("a", at));
    refuse(keyOf("b", 0));
    assert.deepEqual(records.retry(3), [keyOf("a", 0), keyOf("b", 0), keyOf("a", 1)]);
    for (const key of [keyOf("a", 0), keyOf("b", 0), keyOf("a", 1)]) refuse(key);
    assert.deepEqual(records.retry(2), [keyOf("a", 2), keyOf("b", 0)]);
  });
});
