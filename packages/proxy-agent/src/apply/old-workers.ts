import { findProcess, send } from "@fairway/haproxy";
import type { Context } from "./context.ts";

/**
 * Makes room for one more old worker before a reload: those that would be too many, the oldest first, are ended with
 * the connections that they still have. Workers without connections have ended by themselves.
 */
export async function boundOldWorkers({ haproxy, mostOldWorkers, log }: Context): Promise<void> {
  const { oldWorkers } = await haproxy.processes();
  const excess = oldWorkers.slice(0, Math.max(0, oldWorkers.length + 1 - mostOldWorkers));
  for (const pid of excess) {
    const worker = await findProcess(pid);
    if (!worker) continue;
    log.warn({ pid, oldWorkers: oldWorkers.length, most: mostOldWorkers }, "oldest worker ended, with its connections");
    send(worker, "SIGTERM");
  }
}
