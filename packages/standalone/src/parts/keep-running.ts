import { setTimeout as delay } from "node:timers/promises";
import { logTail, told } from "../processes/child.ts";
import type { Child } from "../processes/child.ts";

/** What keeping a part running needs. */
export type KeepRunning = {
  /** Starts it and waits until it is ready. */
  readonly start: () => Promise<Child>;
  readonly say: (line: string) => void;
};

/** A part that is started again when it ends by itself. */
export type KeptRunning = {
  /** Rejects when it cannot be started again. */
  readonly failed: Promise<never>;
  readonly stop: () => Promise<void>;
};

const pauseMs = 500;

/** Starts a part and, whenever it ends without being told to, starts it again. Throws when the first start fails. */
export async function keepRunning({ start, say }: KeepRunning): Promise<KeptRunning> {
  const state = { starting: start(), isStopping: false };
  await state.starting;
  const failed = (async () => {
    while (!state.isStopping) {
      const child = await state.starting;
      const end = await child.ended;
      if (state.isStopping) break;
      say(`${child.name} ended (${told(end)}); starting it again. ${await logTail(child, 3)}`);
      await delay(pauseMs);
      if (!state.isStopping) state.starting = start();
    }
    return new Promise<never>(() => {});
  })();
  // Whoever waits for it hears of it; until then it is not unhandled.
  failed.catch(() => {});
  const stop = async () => {
    state.isStopping = true;
    const child = await state.starting.catch(() => undefined);
    await child?.stop();
  };
  return { failed, stop };
}
