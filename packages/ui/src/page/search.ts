import type { ContainerRow, PortRow, Row } from "../view/rows.ts";
import { clockTime } from "./times.ts";

/** Whether a row has every word of a search somewhere in what it tells; `port:80` is in what has that port and no other. */
export function finder(search: string): (row: Row) => boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const ports = words.filter((word) => word.startsWith(portMark)).map((word) => word.slice(portMark.length));
  const parts = words.filter((word) => !word.startsWith(portMark));
  return (row) => parts.every((word) => textOf(row).includes(word)) && ports.every((port) => hasPort(row, port));
}

const portMark = "port:";

/** A search for what has this port, as the table of ports names it. */
export function searchForPort(name: string): string {
  return `${portMark}${name}`;
}

function hasPort(row: Row | ContainerRow | PortRow, port: string): boolean {
  const names = "fronts" in row ? row.fronts : "claimedAt" in row ? [row.name] : [];
  return names.some((name) => name.toLowerCase() === port);
}

/** The order of names: `web-9` before `web-10`. */
export const inOrder = new Intl.Collator("en", { numeric: true }).compare;

const texts = new WeakMap<Row, string>();

/** What no row tells by these words: of these times it shows how long ago they were. */
const untold: ReadonlySet<string> = new Set(["id", "tone", "entries", "since", "claimedAt", "appliedAt"]);

function textOf(row: Row): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const told = Object.entries(row).flatMap(([name, value]: [string, unknown]) =>
    untold.has(name) || typeof value === "boolean" ? [] : [name === "time" ? clockOf(value) : value],
  );
  const text = [...told.flat(), ...alsoCalled(row)].join(" ").toLowerCase();
  texts.set(row, text);
  return text;
}

/** A time as the page shows it. */
function clockOf(time: unknown): string {
  return clockTime(String(time), Date.now());
}

/** A container is found by its id, and by its service as it is written. */
function alsoCalled(row: Row | ContainerRow): readonly string[] {
  return "project" in row ? [row.id, `${row.project}/${row.service}`] : [];
}
