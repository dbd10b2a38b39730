import assert from "node:assert/strict";
import { reasonOf } from "@fairway/contract";

describe("reasonOf", () => {
  const refused = "14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:9.";
  for (const [title, thrown, reason] of [
    ["an error's message", new Error("no such member"), "no such member"],
    ["what is no error as it stands", "stopped", "stopped"],
    ["gRPC's message without an empty note", new Error(`${refused} Resolution note: `), refused],
    [
      "a note that says something",
      new Error(`${refused} Resolution note: timeout`),
      `${refused} Resolution note: timeout`,
    ],
  ] as const) {
    it(`is ${title}`, () => assert.equal(reasonOf(thrown), reason));
  }
});
