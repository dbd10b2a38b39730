import type { Desired } from "../desired/desired.ts";
import { serverPath } from "../haproxy/command-line.ts";
import type { Running, RunningServer } from "../plan/running.ts";
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
  const { running, served, ports = new Set(running.listeners.keys()), deadline } = question;
  const wanted = new Map(served.listeners.map((listener) => [listener.port, listener.servers]));
  const leaving: Departure[] = [];
  const staying: string[] = [];
  for (const port of ports) {
    // Most listeners have neither, and thousands of names are not gathered for nothing.
    const servers = running.listeners.get(port)?.servers ?? new Map<string, RunningServer>();
    const suspects = [...servers.values()].filter(({ admin }) => admin !== "ready");
    const known = [...before.values()].filter(({ listener, name }) => listener === port && servers.has(name));
    if (suspects.length + known.length === 0) continue;
    const names = new Set(wanted.get(port)?.map(({ name }) => name));
    staying.push(...known.filter(({ name }) => names.has(name)).map(({ name }) => serverPath(port, name)));
    for (const { name, admin } of suspects.filter((each) => !names.has(each.name))) {
      leaving.push({ listener: port, name, deadline: admin === "maint" ? deadline : undefined, isInWorker: true });
    }
  }
  return departing(withoutPaths(before, staying), leaving);
}
