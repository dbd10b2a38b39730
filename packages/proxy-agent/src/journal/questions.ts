import { shown } from "@fairway/contract";
import type { JournalQuestion, MomentQuestion } from "./answers.ts";

type Query = Readonly<Record<string, string>>;

/** Entries of an answer at most. */
const mostEntries = 10_000;

/** Reads what is asked of a journal, or says what is wrong with it. */
export function readJournalQuestion({ since, until, project, service, most }: Query): JournalQuestion | string {
  const [sinceMs, untilMs] = [timeIn(since, 0), timeIn(until, Number.MAX_SAFE_INTEGER)];
  if (sinceMs === undefined) return `since=${shown(since ?? "")}: must be a time such as 2026-11-30T08:00:00Z`;
  if (untilMs === undefined) return `until=${shown(until ?? "")}: must be a time such as 2026-11-30T08:00:00Z`;
  const count = most === undefined ? mostEntries : Number(most);
  if (!Number.isInteger(count) || count < 1 || count > mostEntries)
    return `most=${shown(most ?? "")}: must be a number from 1 to ${mostEntries}`;
  return { sinceMs, untilMs, project, service, most: count };
}

/** Reads which moment is asked for, or says what is wrong with it. */
export function readMomentQuestion({ time, asked }: Query, now = Date.now()): MomentQuestion | string {
  const atMs = timeIn(time, now);
  if (atMs === undefined) return `time=${shown(time ?? "")}: must be a time such as 2026-11-30T08:00:00Z`;
  return { atMs, asked };
}

function timeIn(text: string | undefined, without: number): number | undefined {
  if (text === undefined) return without;
  const ms = /^[0-9]{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
