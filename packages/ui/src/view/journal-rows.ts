import { endpointsPrefix, type JournalEntry, rejectionsPrefix, shown, whoseOf } from "@fairway/contract";
import { withoutName } from "@fairway/proxy-agent";
import type { JournalRow, Tone } from "./rows.ts";

/** How much time may lie between what proxies tell, so that it is one thing that happened to all of them. */
const sameWithinMs = 5000;

const tones: Readonly<Record<JournalEntry["is"], Tone>> = {
  came: "good",
  changed: "quiet",
  went: "waiting",
  refused: "broken",
  admitted: "good",
  reloaded: "quiet",
  started: "quiet",
  failed: "broken",
  recovered: "good",
  lost: "broken",
  found: "good",
  began: "quiet",
  ended: "quiet",
  missed: "broken",
};

/** Entries of several proxies' journals as one time line, the newest first: what happened to several proxies is told once. */
export function journalRows(journals: ReadonlyMap<string, readonly JournalEntry[]>): readonly JournalRow[] {
  const all = [...journals].flatMap(([proxy, entries]) => entries.map((entry) => rowOf(proxy, entry)));
  const rows: JournalRow[] = [];
  const open = new Map<string, number>();
  for (const row of all.toSorted((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0))) {
    const key = `${row.is} ${row.container} ${row.what}`;
    const at = open.get(key);
    const newer = at === undefined ? undefined : rows[at];
    if (at !== undefined && newer !== undefined && isSame(newer, row)) rows[at] = together(newer, row);
    else open.set(key, rows.push(row) - 1);
  }
  return rows;
}

function isSame(newer: JournalRow, older: JournalRow): boolean {
  const isNear = Date.parse(newer.time) - Date.parse(older.time) <= sameWithinMs;
  return isNear && !newer.proxies.some((name) => older.proxies.includes(name));
}

function together(newer: JournalRow, older: JournalRow): JournalRow {
  const times = [newer.tookMs, older.tookMs].filter((ms) => ms !== null);
  return {
    ...newer,
    entries: [...newer.entries, ...older.entries],
    proxies: [...newer.proxies, ...older.proxies].toSorted(),
    tookMs: times.length === 0 ? null : Math.max(...times),
  };
}

function rowOf(proxy: string, entry: JournalEntry): JournalRow {
  const { is, seq, time, text } = entry;
  const id = `${proxy}#${seq}`;
  const { project, service, node, container, containerName } = whoseOf(entry);
  const name = shown(containerName ?? "");
  return {
    id,
    entries: [id],
    tone: toneOf(entry),
    is,
    time: shown(time),
    what: withoutName(shown(text), name),
    name,
    service: service === null ? "" : shown(`${project ?? "?"}/${service}`),
    container: container === null || node === null ? "" : `${node}/${container}`,
    proxies: [shown(proxy)],
    tookMs: "tookMs" in entry ? entry.tookMs : null,
  };
}

function toneOf(entry: JournalEntry): Tone {
  if (entry.is !== "came" && entry.is !== "changed") return tones[entry.is];
  // Of what a registrar refuses or only hints at.
  if (entry.key.startsWith(rejectionsPrefix)) return "partly";
  // An entry tells the state of an endpoint in words alone: there is nothing to judge it by.
  return entry.key.startsWith(endpointsPrefix) ? "quiet" : tones[entry.is];
}
