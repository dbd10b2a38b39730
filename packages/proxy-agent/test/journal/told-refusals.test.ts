import assert from "node:assert/strict";
import { refusalChanges, refusalsOf } from "../../src/journal/told-refusals.ts";

const taken = { code: "port-taken", key: "port_6379", reason: "redis\u001b has it" };
const owned = { code: "port-owned", key: "endpoints/shop/db/6379/n1/0123456789ab", reason: "shop2 has it" };

describe("what a journal tells of refusals", () => {
  const tell = (before: readonly (typeof taken)[], after: readonly (typeof taken)[]) =>
    refusalChanges(refusalsOf(before), refusalsOf(after), (key) => (key === owned.key ? "db_1" : null)).map(
      ({ is, code, text, whose: { project, service, containerName } }) =>
        [is, code, text, project, service, containerName].join(" "),
    );
  for (const [what, before, after, told] of [
    ["nothing where nothing differs", [taken, owned], [owned, taken], []],
    [
      "what begins, whose it is, escaped",
      [],
      [taken, owned],
      ["refused port-taken redis\\u{1b} has it   ", "refused port-owned shop2 has it shop db db_1"],
    ],
    [
      "what ended, before what begins",
      [owned],
      [taken],
      ["admitted port-owned shop2 has it shop db db_1", "refused port-taken redis\\u{1b} has it   "],
    ],
    [
      "another reason as another refusal",
      [owned],
      [{ ...owned, reason: "b has it" }],
      ["admitted port-owned shop2 has it shop db db_1", "refused port-owned b has it shop db db_1"],
    ],
    ["one that is there twice once", [], [owned, owned], ["refused port-owned shop2 has it shop db db_1"]],
  ] as const) {
    it(`is ${what}`, () => assert.deepEqual(tell(before, after), told));
  }
});
