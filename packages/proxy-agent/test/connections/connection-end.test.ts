import assert from "node:assert/strict";
import { endedIn, isEndedByIdle } from "../../src/connections/connection-end.ts";

/** HAProxy's letters, how long it lasted, after how long without a byte it may be ended; the words. */
const rows: readonly (readonly [string, number, number | undefined, string])[] = [
  ["--", 5, undefined, "both sides were done"],
  ["CD", 5, undefined, "the client broke it off"],
  ["CC", 5, undefined, "the client went away before its server accepted"],
  ["SC", 5, undefined, "its server did not accept"],
  ["SD", 5, undefined, "its server broke it off"],
  ["sQ", 5, undefined, "no server had room in time"],
  ["K-", 5, undefined, "its server has left, or an operator ended it"],
  ["PR", 5, undefined, "HAProxy refused it by a rule"],
  ["cD", 3_600_000, undefined, "the client said nothing for too long"],
  ["cD", 600_001, 600_000, "no byte came for 10 m, which IDLE allows"],
  ["sD", 1500, 1500, "no byte came for 1500 ms, which IDLE allows"],
  // Something else was shorter, such as `timeout client-fin`.
  ["sD", 1000, 600_000, "its server said nothing for too long"],
  ["XY", 5, undefined, "HAProxy says XY"],
];

describe("how a connection ended", () => {
  for (const [state, durationMs, idleMs, words] of rows) {
    it(`is said in words: ${state} after ${durationMs} ms, IDLE ${idleMs ?? "not set"}`, () => {
      assert.equal(endedIn({ state, durationMs, idleMs }), words);
      assert.equal(isEndedByIdle({ state, durationMs, idleMs }), words.includes("IDLE"));
    });
  }
});
