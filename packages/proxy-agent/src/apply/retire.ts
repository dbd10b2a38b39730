import { answerKind, type AnswerKind } from "@fairway/haproxy";
import { commandLine, sectionName, serverPath } from "@fairway/haproxy";
import type { Haproxy } from "@fairway/haproxy";
import { overdue, type Departure, type Departures } from "./departures.ts";

/** What one look at the departures has done. */
export type Retired = {
  /** Paths of servers that the worker has no longer. */
  readonly deleted: readonly string[];
  /** Paths of departures that are over: no worker has sessions to them. */
  readonly over: readonly string[];
  /** How many sessions were ended in old workers. */
  readonly sessionsEnded: number;
};

/**
 * Moves servers on their way out one step on: ends the sessions of overdue ones in every worker, puts drained ones
 * without sessions into maintenance, deletes those that HAProxy lets go. Rejects when HAProxy does not answer.
 */
export async function retire(haproxy: Haproxy, departures: Departures, now: number): Promise<Retired> {
  const due = overdue(departures, now);
  await quietDrained(haproxy, departures);
  const { deleted, kept } = await deleteServers(haproxy, departures, due);
  const { oldWorkers } = await haproxy.processes();
  const sessionsEnded = due.size === 0 ? 0 : await endOldSessions(haproxy, oldWorkers, due);
  const gone = new Set(deleted);
  const over = [...departures].filter(([path, { deadline, isInWorker }]) => {
    if (isInWorker && !gone.has(path)) return false;
    return deadline === undefined || due.has(path) || oldWorkers.length === 0;
  });
  return { deleted, over: [...over.map(([path]) => path), ...kept], sessionsEnded };
}

/** Drained servers may be deleted once nobody uses them; only then are they put into maintenance. */
async function quietDrained(haproxy: Haproxy, departures: Departures): Promise<void> {
  const drained = [...departures.values()].filter(({ deadline, isInWorker }) => isInWorker && deadline === undefined);
  if (drained.length === 0) return;
  const loads = await haproxy.loads([...new Set(drained.map(({ listener }) => sectionName(listener)))]);
  const idle = new Set(loads.filter(({ sessions }) => sessions === 0).map(pathOf));
  const quiet = drained.map(pathOf).filter((path) => idle.has(path));
  await haproxy.ask(quiet.map((path) => commandLine("set", "server", path, "state", "maint")));
}

/** `kept`: servers that this HAProxy never deletes at run time (another line of the file names them). */
type Deletion = { readonly deleted: readonly string[]; readonly kept: readonly string[] };

async function deleteServers(haproxy: Haproxy, departures: Departures, due: Departures): Promise<Deletion> {
  const paths = [...departures].filter(([, { isInWorker }]) => isInWorker).map(([path]) => path);
  const ends = paths.filter((path) => due.has(path));
  const answers = await haproxy.ask([
    ...ends.map((path) => commandLine("shutdown", "sessions", "server", path)),
    ...paths.map((path) => commandLine("del", "server", path)),
  ]);
  const kinds = answers.slice(ends.length).map(answerKind);
  const having = (...wanted: readonly AnswerKind[]) =>
    paths.filter((_, index) => wanted.includes(kinds[index] ?? "busy"));
  return { deleted: having("done", "missing"), kept: having("refused") };
}

async function endOldSessions(haproxy: Haproxy, workers: readonly number[], due: Departures): Promise<number> {
  let ended = 0;
  for (const pid of workers) {
    const sessions = await haproxy.sessions(pid).catch(() => []);
    const overdue = sessions.filter(({ listener, server }) => due.has(serverPath(listener, server)));
    const ids = overdue.map(({ id }) => id);
    // The worker may be ending at this moment, and its sessions with it.
    await haproxy.endSessions(pid, ids).catch(() => undefined);
    ended += ids.length;
  }
  return ended;
}

function pathOf({ listener, name }: Pick<Departure, "listener" | "name">): string {
  return serverPath(listener, name);
}
