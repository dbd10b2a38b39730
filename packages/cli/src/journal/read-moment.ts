import { duration, shown } from "@fairway/contract";
import { wrongUse } from "../wrong-use.ts";

/** What may be given for a moment. */
export const momentForms = "a time such as 2026-11-30T08:00:00Z or 14:05, or how long ago, such as 10m";

/** Reads a moment that is over, ms since 1970: a time of day is that of the last 24 hours here. Throws ProgramExit. */
export function readMoment(option: string, text: string, nowMs = Date.now()): number {
  const span = duration(1).safeParse(text);
  const atMs = span.success ? nowMs - span.data : (timeOfDay(text, nowMs) ?? isoTime(text));
  if (atMs === undefined) throw wrongUse(`${option} ${shown(text)}: must be ${momentForms}`);
  if (atMs > nowMs) throw wrongUse(`${option} ${shown(text)}: is yet to come`);
  return atMs;
}

function timeOfDay(text: string, nowMs: number): number | undefined {
  const [, hour, minute, second = "0"] = /^([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?$/.exec(text) ?? [];
  if (hour === undefined || minute === undefined) return undefined;
  const day = new Date(nowMs);
  const today = new Date(nowMs).setHours(Number(hour), Number(minute), Number(second), 0);
  if (today <= nowMs) return today;
  day.setDate(day.getDate() - 1);
  return day.setHours(Number(hour), Number(minute), Number(second), 0);
}

function isoTime(text: string): number | undefined {
  const ms = /^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]|$)/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
