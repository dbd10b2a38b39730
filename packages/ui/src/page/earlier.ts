import type { JournalRow } from "../view/rows.ts";

/** Newer rows followed by those of the earlier ones that are not among them. */
export function withEarlier(newer: readonly JournalRow[], earlier: readonly JournalRow[]): readonly JournalRow[] {
  const known = new Set(newer.map(({ id }) => id));
  const more = earlier.filter(({ id }) => !known.has(id));
  const all = [...newer, ...more];
  const isInOrder = all.every(({ time }, at) => at === 0 || (all[at - 1]?.time ?? "") >= time);
  return isInOrder ? all : all.toSorted((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0));
}

/** A time of the last day as the clock shows it, an older one with its date. */
export function clockTime(time: string, nowMs: number): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return "";
  const two = (number: number) => String(number).padStart(2, "0");
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const isOld = nowMs - at.getTime() > 86_400_000;
  return isOld ? `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}` : clock;
}
