import type { Desired } from "../desired/desired.ts";
import { serverPath } from "../haproxy/command-line.ts";
import type { Running } from "../plan/running.ts";
import { departing, withoutPaths, type Departure, type Departures } from "./departures.ts";

/** What {@link followDepartures} looks at. */
export type DeparturesQuestion = {
  readonly running: Running;
  readonly served: Desired;
  /** Only these listeners; undefined: all. */
  readonly ports: ReadonlySet<number> | undefined;
  /** When sessions of those that leave from now on are ended. */
  readonly deadline: number;
};

/**
 * Which servers leave, judged by what runs and what is served, however that came about: one that is not served and in
 * maintenance ends at the deadline, a drained one when nobody uses it any more. One that is served again stays.
 */
export function followDepartures(before: Departures, question: DeparturesQuestion): Departures {
  const { running, served, ports = new Set(running.listeners.keys()) } = question;
  const wanted = new Map(served.listeners.map((listener) => [listener.port, listener.servers]));
  const leaving: Departure[] = [];
  const staying: string[] = [];
  for (const port of ports) {
    const names = new Set(wanted.get(port)?.map(({ name }) => name));
    const servers = running.listeners.get(port)?.servers.values() ?? [];
    for (const { name, admin } of servers) {
      const deadline = admin === "maint" ? question.deadline : undefined;
      if (names.has(name)) staying.push(serverPath(port, name));
      else if (admin !== "ready") leaving.push({ listener: port, name, deadline, isInWorker: true });
    }
  }
  return departing(withoutPaths(before, staying), leaving);
}
