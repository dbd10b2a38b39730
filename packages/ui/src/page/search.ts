import type { ContainerRow, Row } from "../view/rows.ts";

/** Whether a row has every word of a search somewhere in what it tells. */
export function finder(search: string): (row: Row) => boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return (row) => words.every((word) => textOf(row).includes(word));
}

/** The order of names: `web-9` before `web-10`. */
export const inOrder = new Intl.Collator("en", { numeric: true }).compare;

const texts = new WeakMap<Row, string>();

/** What no row tells by these words. */
const untold: ReadonlySet<string> = new Set(["id", "tone", "entries"]);

function textOf(row: Row): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const told = Object.entries(row).flatMap(([name, value]: [string, unknown]) =>
    untold.has(name) || typeof value === "boolean" ? [] : [value],
  );
  const text = [...told.flat(), ...alsoCalled(row)].join(" ").toLowerCase();
  texts.set(row, text);
  return text;
}

/** A container is found by its id, and by its service as it is written. */
function alsoCalled(row: Row | ContainerRow): readonly string[] {
  return "project" in row ? [row.id, `${row.project}/${row.service}`] : [];
}
