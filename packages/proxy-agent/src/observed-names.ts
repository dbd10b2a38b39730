import { frontOf, type Front } from "@fairway/contract";
import {
  assignedIn,
  kindOfSpare,
  nameEntries,
  namesFiles,
  sectionName,
  spareKind,
  sparesOf,
  type Configuration,
  type Listener,
  type WorkerNames,
} from "@fairway/haproxy";

/** What a worker has of names that was just started with these listeners: each has a section of its own. */
export function startedNames(listeners: readonly Listener[]): WorkerNames {
  const entries = listeners.flatMap(({ port, names }) =>
    names === undefined
      ? []
      : namesFiles(names).map((file) => [`${port}.${file}` as const, nameEntries({ port, names }, file)] as const),
  );
  if (entries.length === 0) return noNames;
  const own = listeners.filter(({ name }) => name !== undefined).map((each) => sectionName(frontOf(each)));
  const spares = sparesOf(listeners).map(({ section }) => section);
  return { sections: new Set([...own, ...spares]), entries: new Map(entries) };
}

export const noNames: WorkerNames = { sections: new Set(), entries: new Map() };

/**
 * What a worker was started with, if it was for this: without the names that have no section of their own there, as they
 * have a spare backend or are not there yet.
 */
export function startedWith({ sections, listeners }: Configuration, names: WorkerNames): Configuration {
  if (names.entries.size === 0) return { sections, listeners };
  const isThere = (port: number, name: string) => names.sections.has(sectionName(frontOf({ port, name })));
  const there = listeners.filter(({ port, name }) => name === undefined || isThere(port, name));
  return {
    sections,
    listeners: there.map((each) => {
      if (each.names === undefined) return each;
      const routes = each.names.routes.filter(({ name }) => isThere(each.port, name));
      return { ...each, names: { ...each.names, routes } };
    }),
  };
}

/** The listeners of names that have spare backends in a worker; undefined: one has other settings than its spare carries. */
export function heldInSpares(
  { listeners }: Configuration,
  names: WorkerNames,
): ReadonlyMap<Front, Listener> | undefined {
  const assigned = assignedIn(names);
  const held = listeners.filter((each) => assigned.has(frontOf(each)));
  const fits = (each: Listener) => spareKind(each.settings) === kindOfSpare(assigned.get(frontOf(each)) ?? "");
  return held.every(fits) ? new Map(held.map((each) => [frontOf(each), each])) : undefined;
}
