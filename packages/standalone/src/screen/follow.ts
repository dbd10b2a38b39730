import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ask } from "../haproxy/ask.ts";
import { listenersOf } from "../haproxy/listeners.ts";
import type { SeenListener } from "../haproxy/listeners.ts";
import { shape, table } from "./table.ts";

const lookEveryMs = 500;

/** What HAProxy of a state directory answers now. Throws when it does not. */
export async function seenListeners(stateDir: string): Promise<readonly SeenListener[]> {
  return listenersOf(await ask(join(stateDir, "haproxy.sock"), "show stat"));
}

/** What following the table needs. */
export type Follow = {
  readonly stateDir: string;
  /** What was printed last. */
  readonly from: readonly SeenListener[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

/** Prints the table anew whenever a server comes, goes or changes its state, until the signal aborts. */
export async function followTable({ stateDir, from, say, signal }: Follow): Promise<void> {
  let last = shape(from);
  while (!signal.aborted) {
    await delay(lookEveryMs, undefined, { signal }).catch(() => {});
    // While HAProxy is being replaced it may not answer; the next look sees what it holds then.
    const now = await seenListeners(stateDir).catch(() => undefined);
    if (now === undefined || shape(now) === last) continue;
    last = shape(now);
    say(`\n${new Date().toLocaleTimeString("en-GB")}\n${table(now)}`);
  }
}
