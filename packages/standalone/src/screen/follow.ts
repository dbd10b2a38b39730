import { setTimeout as delay } from "node:timers/promises";
import type { ShownListener } from "./server-state.ts";
import { shownListeners } from "./shown-listeners.ts";
import type { ShownProxy } from "./shown-listeners.ts";
import { shape, table } from "./table.ts";

const lookEveryMs = 500;

/** What following the table needs. */
export type Follow = {
  readonly proxy: ShownProxy;
  /** What was printed last. */
  readonly from: readonly ShownListener[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

/** Prints the table anew whenever a server comes, goes or changes its state, until the signal aborts. */
export async function followTable({ proxy, from, say, signal }: Follow): Promise<void> {
  let last = shape(from);
  while (!signal.aborted) {
    await delay(lookEveryMs, undefined, { signal }).catch(() => {});
    // While HAProxy is being replaced it may not answer; the next look sees what it holds then.
    const now = await shownListeners(proxy).catch(() => undefined);
    if (signal.aborted || now === undefined || shape(now) === last) continue;
    last = shape(now);
    say(`\n${new Date().toLocaleTimeString("en-GB")}\n${table(now)}`);
  }
}
