import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { frontOf, type Front } from "@fairway/contract";
import {
  greeterProgram,
  greets,
  listEntries,
  nameEntries,
  namesFiles,
  sectionName,
  type Listener,
  type ListenerList,
  type NamesFile,
} from "@fairway/haproxy";
import { writeAtomically } from "./atomic-write.ts";

/** Where a list of a listener stands, as haproxy.cfg names it; `directory`: that of all lists. */
export function listFile(directory: string, front: Front, kind: ListenerList["kind"] | NamesFile): string {
  return join(directory, `${sectionName(front)}.${kind}`);
}

/** Where the program stands by which clients of PostgreSQL are answered. */
export function greeterFile(directory: string): string {
  return join(directory, "postgres.lua");
}

/** Writes the lists of listeners, and their names, before HAProxy reads them. Rejects when the disk does not take one. */
export async function writeLists(directory: string, listeners: readonly Listener[]): Promise<void> {
  const lists = listeners.flatMap(({ settings, ...listener }) =>
    (settings.lists ?? []).map((list) => ({ front: frontOf(listener), kind: list.kind, entries: listEntries(list) })),
  );
  const all = [...lists, ...listeners.flatMap(entriesOfNames)];
  if (all.length > 0) await mkdir(directory, { recursive: true, mode: 0o700 });
  const isGreeting = listeners.some(({ names }) => names !== undefined && greets(names));
  if (isGreeting) await writeAtomically(greeterFile(directory), greeterProgram);
  for (const { front, kind, entries } of all) await writeEntries(listFile(directory, front, kind), entries);
}

function entriesOfNames({ port, names }: Listener) {
  if (names === undefined) return [];
  return namesFiles(names).map((kind) => ({ front: port, kind, entries: nameEntries({ port, names }, kind) }));
}

/** Writes one list whose file is there already. */
export function writeList(file: string, list: ListenerList): Promise<void> {
  return writeEntries(file, listEntries(list));
}

/** Writes what stands in one such file. */
export function writeEntries(file: string, entries: readonly string[]): Promise<void> {
  return writeAtomically(file, `${entries.join("\n")}\n`);
}
