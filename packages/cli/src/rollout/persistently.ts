import { wait } from "@fairway/loop";

/** How long an engine that does not answer is asked again in the midst of a rollout: it may be starting anew. */
const persistMs = 30_000;

/** How often an engine that does not answer is asked again during a rollout. */
const everyMs = 500;

/** Repeats what rejects until it resolves, the time is over or the signal aborts; then rejects as it did last. */
export async function persistently<T>(work: () => Promise<T>, signal = new AbortController().signal): Promise<T> {
  const endsAtMs = performance.now() + persistMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() >= endsAtMs || signal.aborted) throw error;
      await wait(everyMs, signal);
    }
  }
}
