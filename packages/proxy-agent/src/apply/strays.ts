import type { Desired } from "../desired/desired.ts";
import { stemOf } from "../desired/endpoint-to-server.ts";
import type { Session } from "@fairway/haproxy";
import type { Context, Situation } from "./context.ts";
import { departing, type Departure } from "./departures.ts";

/**
 * Takes in servers that old workers still have sessions to and nothing that is served stands behind: an agent that was
 * killed had let them go, and what it knew of them went with it. Rejects when HAProxy does not answer.
 */
export async function withStrays({ haproxy, drainTimeoutMs }: Context, situation: Situation): Promise<Situation> {
  const { served, departures } = situation;
  if (!served) return situation;
  const { oldWorkers } = await haproxy.processes();
  const sessions: Session[] = [];
  // One that is ending at this moment ends its sessions itself.
  for (const pid of oldWorkers) sessions.push(...(await haproxy.sessions(pid).catch(() => [])));
  const found = strays(sessions, served, performance.now() + drainTimeoutMs);
  return { ...situation, departures: departing(departures, found) };
}

/** The servers of these sessions that are not served, each once; another server of the same endpoint counts as served. */
export function strays(sessions: readonly Session[], served: Desired, deadline: number): readonly Departure[] {
  const wanted = new Set(
    served.listeners.flatMap(({ port, servers }) => servers.map(({ name }) => `${port}/${stemOf(name)}`)),
  );
  const gone = sessions.filter(({ listener, server }) => !wanted.has(`${listener}/${stemOf(server)}`));
  const byPath = new Map(gone.map((session) => [`${session.listener}/${session.server}`, session]));
  return [...byPath.values()].map(({ listener, server }) => {
    return { listener, name: server, deadline, isInWorker: false };
  });
}
