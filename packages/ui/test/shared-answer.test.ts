import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { SharedAnswer } from "../src/server/shared-answer.ts";

/** Questions that are answered when the test says so. */
function asked(leastMs?: number) {
  const questions: { answer: (text: string) => void; fail: (error: Error) => void }[] = [];
  const shared = new SharedAnswer<string>(
    () => new Promise((answer, fail) => void questions.push({ answer, fail })),
    leastMs,
  );
  return { shared, questions };
}

describe("an answer of agents", () => {
  it("is asked for once for all who ask before it is there, or soon after", async () => {
    const { shared, questions } = asked();
    const both = [shared.from([]), shared.from([])];
    questions[0]?.answer("first");
    assert.deepEqual(await Promise.all([...both, shared.from([])]), ["first", "first", "first"]);
    assert.equal(questions.length, 1);
  });

  it("is asked for again once it is too old, or at once where there was none", async () => {
    const { shared, questions } = asked(1);
    const failed = shared.from([]);
    questions[0]?.fail(new Error("no"));
    await assert.rejects(failed, /no/);
    const second = shared.from([]);
    questions[1]?.answer("second");
    assert.equal(await second, "second");
    await setTimeout(5);
    void shared.from([]);
    assert.equal(questions.length, 3);
  });
});
