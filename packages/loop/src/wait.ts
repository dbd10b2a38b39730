import { setTimeout as delay } from "node:timers/promises";

/** Resolves after a time, or as soon as the signal aborts. Never rejects. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/** A time between 80 % and 120 % of what was asked, so that many programs do not act at one moment. */
export function jittered(ms: number): number {
  return ms * (0.8 + Math.random() * 0.4);
}

/** What a promise resolves to, or undefined as soon as the signal aborts; the promise is then left alone. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined);
    signal.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}
