import { reasonOf } from "@fairway/contract";
import { Backoff } from "@fairway/loop";
import { type Listing } from "@fairway/registry";
import type { Log } from "@fairway/program";
import { createRunner, noRest, type Rest } from "../runner.ts";
import { keysToJudge } from "./gone.ts";
import type { SeenEndpoint } from "./seen.ts";
import type { Touched } from "./endpoint-index.ts";
import type { View } from "./view.ts";

/** What {@link startJudgement} is told. */
export type JudgementOptions = {
  readonly view: View;
  /** Reads keys of the registry, up to 100 at one revision. Rejects when it is away. */
  readonly get: (keys: readonly string[]) => Promise<Listing>;
  /** Hears what to look at again, and since when it was known (ms of `performance.now()`). */
  readonly onTouched: (touched: Touched, since?: number) => void;
  /** ORPHAN_GRACE, in milliseconds. */
  readonly graceMs: number;
  /** Ms since 1970; never jumps back. */
  readonly now: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Two keys an endpoint at most: 100 are read at one revision. */
const atOnce = 50;

/** Timers cannot wait for weeks. */
const longestWaitMs = 3_600_000;

/**
 * Judges what the view misses whenever it is woken or time has come; a registry that does not answer is asked again,
 * and until then everything is held. Answers how to wake it.
 */
export function startJudgement(options: JudgementOptions): {
  readonly wake: () => void;
  readonly ended: Promise<void>;
} {
  const { view, graceMs, now, log, signal } = options;
  const backoff = new Backoff();
  let timer: NodeJS.Timeout | undefined;
  let isAway = false;
  let wokenAt: number | undefined;

  const wake = () => {
    wokenAt ??= performance.now();
    runner.wake();
  };

  const run = async (): Promise<Rest> => {
    const since = wokenAt;
    wokenAt = undefined;
    const at = await judgeAllDue(options, since);
    if (isAway) log.info({}, "missing endpoints are judged again");
    isAway = false;
    backoff.reset();
    options.onTouched(view.leaveExpired(at, graceMs));
    rearm(at);
    return noRest;
  };

  const rearm = (at: number) => {
    clearTimeout(timer);
    const waitMs = Math.min(view.nextLook(at, graceMs) - now(), longestWaitMs);
    if (view.absences.size > 0 && !signal.aborted) timer = setTimeout(wake, Math.max(waitMs, 10));
  };

  const onError = (error: unknown): Promise<void> => {
    if (!isAway) log.warn({ reason: reasonOf(error) }, "missing endpoints are held, the registry does not answer");
    isAway = true;
    return backoff.pause(signal);
  };

  const runner = createRunner({ run, onError, signal });
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return { wake, ended: runner.ended };
}

/** Answers when nothing was due any more: whatever falls due after that very moment is looked at later. */
async function judgeAllDue(options: JudgementOptions, since: number | undefined): Promise<number> {
  const { view, now, signal } = options;
  for (;;) {
    const at = now();
    const due = view.toJudge(at);
    if (due.length === 0 || signal.aborted) return at;
    await judgeBatch(options, due.slice(0, atOnce), since);
  }
}

async function judgeBatch(
  { view, get, onTouched, now }: JudgementOptions,
  batch: readonly SeenEndpoint[],
  since: number | undefined,
): Promise<void> {
  const reading = await get(keysToJudge(batch));
  onTouched(view.settle(batch, reading, now()), since);
}
