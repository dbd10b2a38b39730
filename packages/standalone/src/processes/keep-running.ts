import { setTimeout as delay } from "node:timers/promises";
import { reasonOf } from "@fairway/contract";
import { logTail, told } from "./child.ts";
import type { Child } from "./child.ts";

/** What keeping a part running needs. */
export type KeepRunning = {
  /** Starts it and waits until it is ready. */
  readonly start: () => Promise<Child>;
  /** What else has to be done once it was started again. */
  readonly whenAgain?: () => Promise<void>;
  /** How long it may take to stop. */
  readonly graceMs?: number;
  readonly say: (line: string) => void;
};

/** A part that is started again when it ends by itself. */
export type KeptRunning = {
  readonly isRunning: () => boolean;
  /** Rejects when it cannot be started again. */
  readonly failed: Promise<never>;
  readonly stop: () => Promise<void>;
};

const pauseMs = 500;

/** Starts a part and, whenever it ends without being told to, starts it again. Throws when the first start fails. */
export async function keepRunning(facts: KeepRunning): Promise<KeptRunning> {
  const { start, graceMs, say } = facts;
  const state = { starting: start(), isStopping: false };
  let last = await state.starting;
  const failed = (async () => {
    for (;;) {
      const end = await last.ended;
      if (state.isStopping) break;
      say(`${last.name} ended (${told(end)}); starting it again. ${await logTail(last, 3)}`);
      await delay(pauseMs);
      if (state.isStopping) break;
      state.starting = start();
      last = await startedAgain(last, state.starting, facts);
      if (!state.isStopping) say(`${last.name} runs again`);
    }
    return new Promise<never>(() => {});
  })();
  // Whoever waits for it hears of it; until then it is not unhandled.
  failed.catch(() => {});
  const stop = async () => {
    state.isStopping = true;
    const child = await state.starting.catch(() => undefined);
    await child?.stop(graceMs);
  };
  return { isRunning: () => !last.hasEnded(), failed, stop };
}

async function startedAgain(
  { name, logFile }: Child,
  starting: Promise<Child>,
  { whenAgain }: KeepRunning,
): Promise<Child> {
  try {
    const child = await starting;
    await whenAgain?.();
    return child;
  } catch (cause) {
    throw new Error(`${name} cannot be started again (its log: ${logFile}): ${reasonOf(cause)}`, { cause });
  }
}
