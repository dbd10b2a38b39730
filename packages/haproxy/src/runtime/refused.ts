import { refusedTables } from "../admission.ts";
import { parseRefused, parseShowInfo, type RefusedCount } from "../tables/worker.ts";
import { showInfo, showTable } from "./commands.ts";

/** What a worker has refused so far, by listener and reason, and by source. */
export type RefusedReading = {
  readonly pid: number;
  /** True: it takes no more connections. */
  readonly isStopping: boolean;
  readonly counts: readonly RefusedCount[];
};

/** A worker that does not end before it is let go. Reading rejects when it is gone all the same. */
export type HeldRefused = { readonly read: () => Promise<RefusedReading>; readonly close: () => void };

/** What a worker is asked for {@link readRefused}. */
export const showRefused: readonly string[] = [
  showInfo,
  showTable(refusedTables.counts),
  showTable(refusedTables.sources),
];

/** Reads the answers to {@link showRefused}. */
export function readRefused([info = "", ...tables]: readonly string[]): RefusedReading {
  const { pid, isStopping = false } = parseShowInfo(info);
  return { pid, isStopping, counts: tables.flatMap(parseRefused) };
}
