import { wait } from "./wait.ts";

/** Pauses between attempts: the first, and the longest that doubling leads to. */
export type BackoffTimes = { readonly firstMs: number; readonly longestMs: number };

/** The pause after so many failures in a row, at least one. */
export function backoffMs(failures: number, { firstMs, longestMs }: BackoffTimes): number {
  return Math.min(firstMs * 2 ** (failures - 1), longestMs);
}

const usual: BackoffTimes = { firstMs: 100, longestMs: 2000 };

/** Pauses between the attempts of one loop, each longer or shorter by up to half: programs that failed together part. */
export class Backoff {
  readonly #times: BackoffTimes;
  #failures = 0;

  constructor(times: BackoffTimes = usual) {
    this.#times = times;
  }

  /** Waits the next pause, or until the signal aborts. */
  async pause(signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    await wait(backoffMs(this.#failures, this.#times) * (0.5 + Math.random()), signal);
  }

  /** An attempt succeeded: the next pause is the shortest again. */
  reset(): void {
    this.#failures = 0;
  }
}
