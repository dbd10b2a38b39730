import { findProcess, send, type Haproxy } from "@fairway/haproxy";
import type { Log } from "@fairway/program";

/** Old workers that may live on after reloads. */
const usualOldWorkers = 25;

/** How reloads go. */
export type ReloadOptions = {
  /** More workers than this that finish their connections after a reload are not kept. (25) */
  readonly mostOldWorkers?: number;
  /** Called before each reload; what it answers is called after it, with whether it succeeded. Neither may reject. */
  readonly aroundReload?: () => Promise<(isDone: boolean) => void>;
};

/** What {@link boundOldWorkers} works with. */
export type OldWorkersOptions = {
  readonly haproxy: Pick<Haproxy, "processes">;
  readonly reloads: Pick<ReloadOptions, "mostOldWorkers">;
  readonly log: Log;
};

/**
 * Makes room for one more old worker before a reload: those that would be too many, the oldest first, are ended with
 * the connections that they still have. Workers without connections have ended by themselves. Answers how many it ended, and how
 * many there are at most after the reload.
 */
export async function boundOldWorkers({ haproxy, reloads, log }: OldWorkersOptions) {
  const most = reloads.mostOldWorkers ?? usualOldWorkers;
  const { oldWorkers } = await haproxy.processes();
  const facts = { oldWorkers: oldWorkers.length, most };
  if (areMany(oldWorkers.length, most) && oldWorkers.length < most) log.warn(facts, "many old workers");
  const tooMany = oldWorkers.slice(0, Math.max(0, oldWorkers.length + 1 - most));
  const found = tooMany.map(findProcess).filter((worker) => worker !== undefined);
  for (const worker of found) {
    log.warn({ pid: worker.pid, ...facts }, "oldest worker ended, with its connections");
    send(worker, "SIGTERM");
  }
  return { workersEnded: found.length, oldWorkers: oldWorkers.length - found.length + 1 };
}

/** Reloads, between what is to be done before and after. Rejects as {@link Haproxy.reload} does. */
export async function reloadAround(
  haproxy: Pick<Haproxy, "reload">,
  { aroundReload }: Pick<ReloadOptions, "aroundReload">,
): ReturnType<Haproxy["reload"]> {
  const after = await aroundReload?.();
  try {
    const outcome = await haproxy.reload();
    after?.(outcome.ok);
    return outcome;
  } catch (error) {
    after?.(false);
    throw error;
  }
}

/** Says before it happens that connections are to end which RELOAD_TIMEOUT would let live. */
export function noteOldWorkers(count: number, most = usualOldWorkers): readonly string[] {
  if (!areMany(count, most)) return [];
  const end = `a reload that would leave more than ${most} ends the oldest with its connections`;
  return [`${count} old workers still have connections: ${end}, whatever RELOAD_TIMEOUT says`];
}

function areMany(count: number, most: number): boolean {
  return count >= most * 0.8;
}
