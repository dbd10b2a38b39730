import { awaitGone, send } from "@fairway/haproxy";
import type { Context } from "./context.ts";

/** How long a worker whose master is gone has to end by itself. */
const patienceMs = 200;
/** How long the kernel may take to end one. */
const killMs = 2000;

/** Waits for processes of a HAProxy whose master is gone, and ends them: they still hold the listeners. */
export async function endLeftovers({ haproxy, log }: Context): Promise<void> {
  for (const leftover of await haproxy.leftovers()) {
    if (await awaitGone(leftover, patienceMs)) continue;
    log.warn({ pid: leftover.pid }, "worker without a master ended");
    send(leftover, "SIGKILL");
    await awaitGone(leftover, killMs);
  }
}
