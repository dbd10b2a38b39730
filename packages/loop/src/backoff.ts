import { wait } from "./wait.ts";

const firstMs = 100;
const longestMs = 2000;

/** Pauses between attempts: 100 ms, doubling to 2 s. */
export type Backoff = {
  /** Waits the next pause, or until the signal aborts. */
  readonly pause: (signal: AbortSignal) => Promise<void>;
  /** An attempt succeeded: the next pause is the shortest again. */
  readonly reset: () => void;
};

export function createBackoff(): Backoff {
  let nextMs = firstMs;
  return {
    pause: async (signal) => {
      const ms = nextMs;
      nextMs = Math.min(nextMs * 2, longestMs);
      await wait(ms, signal);
    },
    reset: () => {
      nextMs = firstMs;
    },
  };
}
