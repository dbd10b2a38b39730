import { frontOf, nameOfFront, type Front } from "@fairway/contract";
import {
  assignedIn,
  frontOfSpare,
  isSpareFront,
  kindOfSpare,
  nameEntries,
  namesFiles,
  opensAlike,
  sectionName,
  spareKind,
  type Listener,
  type NamesFile,
} from "@fairway/haproxy";
import type { Desired } from "../desired/desired.ts";
import type { Observed, ObservedListener } from "../observed.ts";

/** A file of names of a port that holds something else now. */
export type NamesChange = {
  readonly port: number;
  readonly file: NamesFile;
  /** For the worker: names and the sections that they have there. */
  readonly entries: readonly string[];
  /** For whoever starts from haproxy.cfg, where each of these names has a section of its own. */
  readonly onDisk: readonly string[];
};

/** What runs and what is desired, where new names have spare backends, and those of names that left are nobody's. */
export type Placed = { readonly observed: Observed; readonly desired: Desired };

/**
 * Gives names that are new on a port a spare backend of their kind, as though they were there without servers; what is
 * left of names that ended becomes the spare's, which is free once its servers are gone. A name for which there is no
 * spare stays new: it takes a reload.
 */
export function placeNames(observed: Observed, desired: Desired): Placed {
  if (observed.names.sections.size === 0) return { observed, desired };
  const wanted = new Set(desired.listeners.map(frontOf));
  const listeners = new Map(observed.listeners);
  for (const [front, listener] of observed.listeners) {
    if (listener.section === undefined || wanted.has(front)) continue;
    listeners.delete(front);
    if (listener.servers.length > 0) listeners.set(frontOfSpare(listener.section), abandoned(listener));
  }
  for (const [front, { servers }] of listeners)
    if (isSpareFront(front) && servers.length === 0) listeners.delete(front);
  const spares = freeSpares(observed.names, listeners);
  for (const listener of desired.listeners) {
    const section = listeners.has(frontOf(listener)) ? undefined : spareFor(listener, listeners, spares);
    if (section !== undefined) listeners.set(frontOf(listener), placed(listener, section));
  }
  const emptied = [...listeners.keys()].filter(isSpareFront).map(emptySpare);
  return {
    observed: { ...observed, listeners },
    desired: emptied.length === 0 ? desired : { ...desired, listeners: [...desired.listeners, ...emptied] },
  };
}

function abandoned({ servers, section }: ObservedListener): ObservedListener {
  return { port: 0, name: section, servers, served: undefined, isInStep: false };
}

function placed(listener: Listener, section: string): ObservedListener {
  const { port, name } = listener;
  return { port, name, section, servers: [], served: { ...listener, servers: [] }, isInStep: false };
}

/** What a spare backend is brought to that is nobody's. */
function emptySpare(front: Front): Listener {
  const name = nameOfFront(front);
  return { port: 0, name, ssl: false, services: [], settings: { addresses: [], bind: [] }, servers: [] };
}

/**
 * By kind, the last one first. One that a name still leads to is not free: its clients would be those of the new name
 * until the port's files say otherwise.
 */
function freeSpares(
  names: Observed["names"],
  listeners: ReadonlyMap<Front, ObservedListener>,
): ReadonlyMap<string, string[]> {
  const taken = [...listeners].map(([front, { section }]) => section ?? sectionName(front));
  const used = new Set([...taken, ...assignedIn(names).values()]);
  const free = new Map<string, string[]>();
  for (const section of [...names.sections].sort((a, b) => numberOf(b) - numberOf(a))) {
    const kind = kindOfSpare(section);
    if (kind === undefined || used.has(section)) continue;
    free.set(kind, [...(free.get(kind) ?? []), section]);
  }
  return free;
}

function numberOf(section: string): number {
  return Number(section.slice(section.lastIndexOf(".") + 1));
}

function spareFor(
  { port, name, settings }: Listener,
  listeners: ReadonlyMap<Front, ObservedListener>,
  free: ReadonlyMap<string, string[]>,
): string | undefined {
  if (name === undefined || listeners.get(port)?.served?.names === undefined) return undefined;
  const kind = spareKind(settings);
  return kind === undefined ? undefined : free.get(kind)?.pop();
}

/** True unless names of a port are not in the worker: they wait for a reload. */
export function isComplete({ listeners }: Observed, { port, names }: Listener): boolean {
  return names === undefined || names.routes.every(({ name }) => listeners.has(frontOf({ port, name })));
}

/** What changes in the files of names of a port. Names that are not in the worker are left out. */
export function planNames(observed: Observed, { port, names, ...listener }: Listener): readonly NamesChange[] {
  const now = observed.listeners.get(frontOf({ port, ...listener }));
  if (names === undefined || now?.served?.names === undefined) return [];
  if ((now.isInStep && now.served.names === names) || !opensAlike(now.served.names, names)) return [];
  const routes = names.routes.filter(({ name }) => observed.listeners.has(frontOf({ port, name })));
  const own = { port, names: { ...names, routes } };
  const spares = assignedSpares(observed);
  const sectionOf = (front: Front) => spares.get(front) ?? sectionName(front);
  return namesFiles(names).flatMap((file) => {
    const entries = nameEntries(own, file, sectionOf);
    const before = observed.names.entries.get(`${port}.${file}`) ?? [];
    if (before.toSorted().join("\n") === entries.toSorted().join("\n")) return [];
    return [{ port, file, entries, onDisk: nameEntries(own, file) }];
  });
}

/** The names that have a spare backend, and that. */
export function assignedSpares({ listeners, names }: Observed): ReadonlyMap<Front, string> {
  if (names.entries.size === 0) return new Map();
  return new Map([...listeners].flatMap(([front, { section }]) => (section === undefined ? [] : [[front, section]])));
}

/** What runs after these changes of files of names. */
export function applyNames(observed: Observed, changes: readonly NamesEntries[]): Observed {
  if (changes.length === 0) return observed;
  const changed = changes.map(({ port, file, entries }) => [`${port}.${file}` as const, entries] as const);
  const entries = new Map([...observed.names.entries, ...changed]);
  return { ...observed, names: { ...observed.names, entries } };
}

/** What stands in a file of names of a port. */
type NamesEntries = { readonly port: number; readonly file: NamesFile; readonly entries: readonly string[] };
