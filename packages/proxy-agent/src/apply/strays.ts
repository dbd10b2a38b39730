import type { Desired } from "../desired/desired.ts";
import type { Haproxy } from "../haproxy/haproxy.ts";
import type { Session } from "../haproxy/show-sess.ts";
import type { Departure } from "./departures.ts";

/**
 * Servers that old workers still have sessions to and nothing that is served stands behind: an agent that was killed
 * had let them go. Their sessions end at the deadline.
 */
export async function findStrays(haproxy: Haproxy, served: Desired, deadline: number): Promise<readonly Departure[]> {
  const { oldWorkers } = await haproxy.processes();
  const sessions: Session[] = [];
  // One that is ending at this moment ends its sessions itself.
  for (const pid of oldWorkers) sessions.push(...(await haproxy.sessions(pid).catch(() => [])));
  return strays(sessions, served, deadline);
}

/** The servers of these sessions that are not served, each once; another server of the same endpoint counts as served. */
export function strays(sessions: readonly Session[], served: Desired, deadline: number): readonly Departure[] {
  const wanted = new Set(
    served.listeners.flatMap(({ port, servers }) => servers.map(({ name }) => `${port}/${endpointPart(name)}`)),
  );
  const gone = sessions.filter(({ listener, server }) => !wanted.has(`${listener}/${endpointPart(server)}`));
  const byPath = new Map(gone.map((session) => [`${session.listener}/${session.server}`, session]));
  return [...byPath.values()].map(({ listener, server }) => {
    return { listener, name: server, deadline, isInWorker: false };
  });
}

/** A server's name without the hash of its line, which comes last. */
function endpointPart(name: string): string {
  return name.slice(0, name.lastIndexOf("."));
}
