import { serverPath } from "@fairway/haproxy";

/** A server on its way out. */
export type Departure = {
  readonly listener: number;
  readonly name: string;
  /** When its sessions are ended, ms of `performance.now()`; undefined: they may last, it only takes no new ones. */
  readonly deadline: number | undefined;
  /** False once only old workers may still have sessions to it. */
  readonly isInWorker: boolean;
};

/**
 * Servers on their way out, by path. A value: every change gives a new one.
 * `maint`: its endpoint is gone, or no longer at its address; sessions end at a deadline. `drain`: its endpoint is still
 * there, and has another server now.
 */
export type Departures = ReadonlyMap<string, Departure>;

export const noDepartures: Departures = new Map();

/** Takes in servers that leave. One that leaves already keeps its deadline. */
export function departing(departures: Departures, leaving: readonly Departure[]): Departures {
  if (leaving.length === 0) return departures;
  const all = new Map(departures);
  for (const departure of leaving) {
    const path = serverPath(departure.listener, departure.name);
    all.set(path, { ...departure, deadline: all.get(path)?.deadline ?? departure.deadline });
  }
  return all;
}

/** After a reload: the new worker has none of them, the old ones may still have sessions. */
export function leftToOldWorkers(departures: Departures): Departures {
  const kept = [...departures].filter(([, { deadline }]) => deadline !== undefined);
  return new Map(kept.map(([path, departure]) => [path, { ...departure, isInWorker: false }]));
}

/** Without some paths. */
export function withoutPaths(departures: Departures, paths: readonly string[]): Departures {
  if (paths.length === 0 || departures.size === 0) return departures;
  const left = new Map(departures);
  for (const path of paths) left.delete(path);
  return left;
}

/** Deleted in the current worker; old ones may still have sessions to them. */
export function deletedInWorker(departures: Departures, paths: readonly string[]): Departures {
  const deleted = new Set(paths);
  const entries = [...departures].map(([path, departure]): readonly [string, Departure] => {
    return [path, deleted.has(path) ? { ...departure, isInWorker: false } : departure];
  });
  return new Map(entries);
}

/** Those whose sessions may last no longer. */
export function overdue(departures: Departures, now: number): Departures {
  return new Map([...departures].filter(([, { deadline }]) => deadline !== undefined && deadline <= now));
}
