import assert from "node:assert/strict";
import { Patience } from "../../src/docker/patience.ts";

describe("the patience with an engine", () => {
  for (const [title, happen, ms] of [
    ["is five seconds", () => undefined, 5000],
    ["is three times as long after a time-out", (patience) => patience.onTimeout(), 15_000],
    ["is two minutes at most", (patience) => [1, 2, 3, 4].forEach(() => patience.onTimeout()), 120_000],
    ["stays where an answer took long", (patience) => patience.onAnswer(8000), 32_000],
    ["is five seconds again after a quick answer", (patience) => (patience.onTimeout(), patience.onAnswer(3)), 5000],
  ] as readonly (readonly [string, (patience: Patience) => unknown, number])[]) {
    it(title, () => {
      const patience = new Patience();
      happen(patience);
      assert.equal(patience.ms, ms);
    });
  }
});
