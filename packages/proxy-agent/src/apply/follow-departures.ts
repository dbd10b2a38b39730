import type { Desired } from "../desired/desired.ts";
import { serverPath } from "@fairway/haproxy";
import { differences, serverNamed } from "@fairway/haproxy";
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
  const { running, served, ports = new Set(running.listeners.keys()), deadline } = question;
  const wanted = new Map(served.listeners.map((listener) => [listener.port, listener.servers]));
  const leaving: Departure[] = [];
  const staying: string[] = [];
  for (const port of ports) {
    const [runs, wants] = [running.listeners.get(port)?.servers ?? [], wanted.get(port) ?? []];
    for (const { left, right } of differences(runs, wants)) {
      if (!left || right || left.admin === "ready") continue;
      const { name, admin } = left;
      leaving.push({ listener: port, name, deadline: admin === "maint" ? deadline : undefined, isInWorker: true });
    }
    const known = [...before.values()].filter(({ listener }) => listener === port);
    const back = known.filter(({ name }) => serverNamed(runs, name) && serverNamed(wants, name));
    staying.push(...back.map(({ name }) => serverPath(port, name)));
  }
  return departing(withoutPaths(before, staying), leaving);
}
