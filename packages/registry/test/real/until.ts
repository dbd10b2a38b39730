import { setTimeout as delay } from "node:timers/promises";
import { startStopwatch } from "../../../../test/lab/stalled.ts";

/** Resolves when a condition holds: a question that neither throws nor answers false. Rejects after a time, stalls left out. */
export async function until(question: () => unknown, withinMs = 20_000): Promise<void> {
  const tookMs = startStopwatch(withinMs);
  for (;;) {
    const failure = await whyNot(question);
    if (failure === undefined) return;
    if (tookMs() > withinMs) throw new Error(`not within ${withinMs} ms: ${question.toString()}`, failure);
    await delay(20);
  }
}

async function whyNot(question: () => unknown): Promise<{ readonly cause: unknown } | undefined> {
  try {
    return (await question()) === false ? { cause: "it is false" } : undefined;
  } catch (cause) {
    return { cause };
  }
}
