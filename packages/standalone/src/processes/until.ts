import { setTimeout as delay } from "node:timers/promises";

/** How long to wait, and how the failure calls what was waited for. */
export type UntilOptions = {
  readonly what: string;
  readonly withinMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Asks a condition again and again until it holds. A condition that throws does not hold yet.
 * Throws when the time is over, with the last error as cause, or when the signal aborts.
 */
export async function until(condition: () => boolean | Promise<boolean>, options: UntilOptions): Promise<void> {
  const { what, withinMs, everyMs = 50, signal } = options;
  const deadline = performance.now() + withinMs;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await outcomeOf(condition);
    if (answer.holds) return;
    if (performance.now() >= deadline) throw new Error(`${what}: not within ${withinMs / 1000} s`, answer.error);
    await delay(everyMs, undefined, { signal });
  }
}

async function outcomeOf(
  condition: () => boolean | Promise<boolean>,
): Promise<{ holds: boolean; error?: ErrorOptions }> {
  try {
    return { holds: await condition() };
  } catch (cause) {
    return { holds: false, error: { cause } };
  }
}
