import { type Row, type TableName, type Tables } from "./rows.ts";

/** What has changed in one table. */
export type TableChange = {
  readonly table: TableName;
  readonly set: readonly Row[];
  readonly gone: readonly string[];
};

/** Rows in one change at most: a page that has much to take in stays usable meanwhile. */
export const mostRows = 500;

const names: readonly TableName[] = ["containers", "ports", "nodes", "proxies", "rejections"];

/** What makes tables out of earlier ones; nothing where they are the same. Rows that did not change are the same objects. */
export function changesBetween(before: Tables, now: Tables): readonly TableChange[] {
  return names.flatMap((table) => changesIn(table, before[table], now[table]));
}

function changesIn(
  table: TableName,
  before: ReadonlyMap<string, Row>,
  now: ReadonlyMap<string, Row>,
): readonly TableChange[] {
  if (before === now) return [];
  const set = [...now.values()].filter((row) => before.get(row.id) !== row);
  const gone = [...before.keys()].filter((id) => !now.has(id));
  const pieces = Math.max(Math.ceil(set.length / mostRows), gone.length > 0 ? 1 : 0);
  return Array.from({ length: pieces }, (_, at) => ({
    table,
    set: set.slice(at * mostRows, (at + 1) * mostRows),
    gone: at === 0 ? gone : [],
  }));
}

/** Tables with a change: only the one that changed is another object. */
export function withChange(tables: Tables, { table, set, gone }: TableChange): Tables {
  const rows = new Map<string, Row>(tables[table]);
  for (const id of gone) rows.delete(id);
  for (const row of set) rows.set(row.id, row);
  return { ...tables, [table]: rows };
}

/** A row, or the former one where it says the same. */
export function kept<T extends Row>(former: T | undefined, row: T): T {
  return former !== undefined && JSON.stringify(former) === JSON.stringify(row) ? former : row;
}

/** Rows by their ids, each {@link kept}; the former table where all of them are. */
export function keptRows<T extends Row>(before: ReadonlyMap<string, T>, rows: readonly T[]): ReadonlyMap<string, T> {
  const now = rows.map((row) => kept(before.get(row.id), row));
  const isSame = now.length === before.size && now.every((row) => before.get(row.id) === row);
  return isSame ? before : new Map(now.map((row) => [row.id, row]));
}
