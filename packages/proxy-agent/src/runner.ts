/** How long the next run has to wait, in milliseconds from the end of the last one. */
export type Rest = {
  readonly leastMs: number;
  /** After that, until nobody has woken it for so long: a storm of wakes is one run. */
  readonly quietMs: number;
  /** But no longer than this. */
  readonly mostMs: number;
};

/** The next wake is a run at once. */
export const noRest: Rest = { leastMs: 0, quietMs: 0, mostMs: 0 };

/** What {@link createRunner} is told. */
export type RunnerOptions = {
  /** One run. Answers how long the next one has to wait. */
  readonly run: () => Promise<Rest>;
  /** Hears of a run that failed. It is tried again when this resolves: to back off, wait in it. */
  readonly onError: (error: unknown) => Promise<void>;
  readonly signal: AbortSignal;
};

/** Something that is run whenever it is woken. */
export type Runner = {
  readonly wake: () => void;
  readonly isRunning: () => boolean;
  /** How long the present run has lasted, in milliseconds; 0: none. */
  readonly runningMs: () => number;
  /** Resolves when the signal has aborted and nothing runs any more. */
  readonly ended: Promise<void>;
};

/**
 * Runs one thing whenever it is woken, with these guarantees:
 * 1. never twice at once;
 * 2. the first wake after a rest runs at once;
 * 3. wakes during a run, or in the rest after it, are one more run, which begins when the rest is over;
 * 4. a run that failed is tried again.
 */
export function createRunner({ run, onError, signal }: RunnerOptions): Runner {
  let isWoken = false;
  let isTurning = false;
  let startedAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let wokenAt = 0;
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));

  const runOnce = async (): Promise<Rest> => {
    isWoken = false;
    startedAt = performance.now();
    try {
      return await run();
    } catch (error) {
      isWoken = true;
      await onError(error);
      return noRest;
    } finally {
      startedAt = undefined;
    }
  };

  const turn = async (): Promise<void> => {
    const rest = await runOnce();
    isTurning = false;
    if (signal.aborted) return end();
    pause(rest.leastMs, rest, performance.now());
  };

  const pause = (ms: number, rest: Rest, since: number) => {
    timer = setTimeout(() => {
      timer = undefined;
      const now = performance.now();
      const stillMs = Math.min(wokenAt + rest.quietMs, since + rest.mostMs) - now;
      if (isWoken && stillMs > 0) pause(stillMs, rest, since);
      else if (isWoken) turnNow();
    }, ms);
  };

  const wake = () => {
    isWoken = true;
    wokenAt = performance.now();
    turnNow();
  };

  const turnNow = () => {
    if (signal.aborted || isTurning || timer !== undefined) return;
    isTurning = true;
    void turn();
  };

  const stop = () => {
    clearTimeout(timer);
    if (!isTurning) end();
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  return {
    wake,
    isRunning: () => isTurning,
    runningMs: () => (startedAt === undefined ? 0 : performance.now() - startedAt),
    ended,
  };
}
