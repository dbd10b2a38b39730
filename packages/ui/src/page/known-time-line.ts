import type { JournalRow, TimeLine } from "../view/rows.ts";

/** What is known of the time line. */
export type KnownTimeLine = {
  /** The newest first, without a gap. */
  readonly rows: readonly JournalRow[];
  /** Nothing happened before these. */
  readonly isWhole: boolean;
};

/** Nothing, as before the first answer. */
export const noTimeLine: KnownTimeLine = { rows: [], isWhole: false };

/** So many rows are held at most: a page that is open for weeks stays small. */
export const mostRowsKnown = 10_000;

/**
 * What is known once the newest was read again. Where more has happened in between than an answer holds, what was known
 * is let go: between the two nobody knows what is missing.
 */
export function withNews(known: KnownTimeLine, news: TimeLine): KnownTimeLine {
  if (news.isCut && !reachesTo(known.rows, news.rows)) return { rows: news.rows, isWhole: false };
  const rows = withEarlier(news.rows, known.rows);
  const isWhole = rows.length <= mostRowsKnown && (known.isWhole || !news.isCut);
  return { rows: rows.slice(0, mostRowsKnown), isWhole };
}

/** Whether nothing can be missing between the two. */
function reachesTo(rows: readonly JournalRow[], newer: readonly JournalRow[]): boolean {
  const [newest, oldestOfNewer] = [rows[0], newer.at(-1)];
  if (newest === undefined || oldestOfNewer === undefined || newest.time >= oldestOfNewer.time) return true;
  const told = entriesOf(rows);
  return newer.some(({ entries }) => entries.some((entry) => told.has(entry)));
}

/** What is known once what happened until its oldest row was read; what was read for another oldest row changes nothing. */
export function withPast(known: KnownTimeLine, until: string, past: TimeLine): KnownTimeLine {
  if (known.rows.at(-1)?.time !== until) return known;
  return { rows: withEarlier(known.rows, past.rows), isWhole: !past.isCut };
}

/** Rows of both in the order of time, without those whose entries are all told by others. */
function withEarlier(newer: readonly JournalRow[], earlier: readonly JournalRow[]): readonly JournalRow[] {
  const more = earlier.filter(notToldBy(newer));
  const all = [...newer.filter(notToldBy(more)), ...more];
  const isInOrder = all.every(({ time }, at) => at === 0 || (all[at - 1]?.time ?? "") >= time);
  return isInOrder ? all : all.toSorted((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0));
}

/** Whether something of a row is not among these. */
function notToldBy(rows: readonly JournalRow[]): (row: JournalRow) => boolean {
  const told = entriesOf(rows);
  return ({ entries }) => !entries.every((entry) => told.has(entry));
}

function entriesOf(rows: readonly JournalRow[]): ReadonlySet<string> {
  return new Set(rows.flatMap(({ entries }) => entries));
}
