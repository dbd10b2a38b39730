import { setTimeout as delay } from "node:timers/promises";

/** Waits at most this long, in milliseconds, and asks this often. */
export type Within = { readonly within: number; readonly every?: number };

/**
 * Asks until the answer neither throws nor is false, and answers it. When the time is over it throws what the last
 * attempt threw, so an assertion inside shows the last value.
 */
export async function eventually<T>(ask: () => T | Promise<T>, { within, every = 50 }: Within): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    const begun = performance.now();
    const attempt = await attempted(ask);
    if (attempt.ok) return attempt.value;
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
