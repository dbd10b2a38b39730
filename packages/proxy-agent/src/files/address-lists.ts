import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { listEntries, type Listener, type ListenerList } from "@fairway/haproxy";
import { writeAtomically } from "./atomic-write.ts";

/** Where a list of a listener stands, as haproxy.cfg names it; `directory`: that of all lists. */
export function listFile(directory: string, port: number, kind: ListenerList["kind"]): string {
  return join(directory, `port_${port}.${kind}`);
}

/** Writes the lists of listeners, before HAProxy reads them. Rejects when the disk does not take one. */
export async function writeLists(directory: string, listeners: readonly Listener[]): Promise<void> {
  const all = listeners.flatMap(({ port, settings: { lists = [] } }) => lists.map((list) => ({ port, list })));
  if (all.length > 0) await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const { port, list } of all) await writeList(listFile(directory, port, list.kind), list);
}

/** Writes one list whose file is there already. */
export function writeList(file: string, list: ListenerList): Promise<void> {
  return writeAtomically(file, `${listEntries(list).join("\n")}\n`);
}
