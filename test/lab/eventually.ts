import { setTimeout as delay } from "node:timers/promises";
import { stalledMs } from "./stalled.ts";

/**
 * Waits at most this long, in milliseconds, and asks this often. Time in which something on this machine waited for a
 * processor does not count, up to as much again, as the machine may have other work; `isPromised`: all time counts, as the
 * limit is what is tested.
 */
export type Within = { readonly within: number; readonly every?: number; readonly isPromised?: boolean };

/**
 * Asks until the answer neither throws nor is false, and answers it. When the time is over it throws what the last
 * attempt threw, so an assertion inside shows the last value.
 */
export async function eventually<T>(ask: () => T | Promise<T>, limit: Within): Promise<T> {
  const { within, every = 50, isPromised = false } = limit;
  const start = performance.now();
  const stalledBefore = stalledMs();
  for (;;) {
    const begun = performance.now();
    const attempt = await attempted(ask);
    if (attempt.ok) return attempt.value;
    const deadline = start + within + (isPromised ? 0 : Math.min(within, stalledMs() - stalledBefore));
    if (performance.now() >= deadline) throw tooLate(attempt.error, within);
    // A question that takes long, as of a machine that is busy, is asked less often.
    const pause = Math.max(every, performance.now() - begun);
    await delay(Math.min(pause, Math.max(0, deadline - performance.now())));
  }
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

async function attempted<T>(ask: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    const value = await ask();
    return value === false ? { ok: false, error: new Error("the condition is false") } : { ok: true, value };
  } catch (error) {
    return { ok: false, error };
  }
}

/** The same error, so that a test's report shows its difference, with the time in its message. */
function tooLate(error: unknown, within: number): Error {
  const known = error instanceof Error ? error : new Error(String(error));
  known.message = `not within ${within} ms: ${known.message}`;
  return known;
}
