import type { JournalRow, TimeLine } from "../view/rows.ts";

/** What is known of the time line. */
export type KnownTimeLine = {
  /** The newest first, without a gap. */
  readonly rows: readonly JournalRow[];
  /** Nothing happened before these. */
  readonly isWhole: boolean;
  /** The time of the oldest row when nothing more was told of before it; empty: it was not asked, or more was told. */
  readonly endedAt: string;
  /** So many journals were read of the newest; while some are away, as many as before. */
  readonly journals: number;
};

/** Nothing, as before the first answer. */
export const noTimeLine: KnownTimeLine = { rows: [], isWhole: false, endedAt: "", journals: 0 };

/** So many rows are held at most: a page that is open for weeks stays small. */
export const mostRowsKnown = 10_000;

/**
 * What is known once the newest was read again. Where more has happened in between than an answer holds, what was known
 * is let go: between the two nobody knows what is missing. That no journal was read tells nothing.
 */
export function withNews(known: KnownTimeLine, news: TimeLine): KnownTimeLine {
  if (news.journals === 0) return known;
  const journals = news.unasked === "" ? news.journals : Math.max(known.journals, news.journals);
  if (news.isCut && !reachesTo(known.rows, news.rows)) return { ...noTimeLine, rows: news.rows, journals };
  const rows = withEarlier(news.rows, known.rows);
  const isWhole = rows.length <= mostRowsKnown && (known.isWhole || isAll(news));
  return { ...known, rows: rows.slice(0, mostRowsKnown), isWhole, journals };
}

/** Whether a part goes back to where all journals begin: of those that were not read nobody knows. */
function isAll({ isCut, unasked, journals }: TimeLine): boolean {
  return !isCut && unasked === "" && journals > 0;
}

/** Whether there is something before the oldest row that can be asked for. */
export function canGoBack({ rows, isWhole, endedAt }: KnownTimeLine): boolean {
  const oldest = rows.at(-1)?.time;
  return !isWhole && oldest !== undefined && oldest !== endedAt && rows.length < mostRowsKnown;
}

/** Whether nothing can be missing between the two. */
function reachesTo(rows: readonly JournalRow[], newer: readonly JournalRow[]): boolean {
  const [newest, oldestOfNewer] = [rows[0], newer.at(-1)];
  if (newest === undefined || oldestOfNewer === undefined || newest.time >= oldestOfNewer.time) return true;
  const told = entriesOf(rows);
  return newer.some(({ entries }) => entries.some((entry) => told.has(entry)));
}

/**
 * What is known once what happened until its oldest row was read. What was read for another oldest row changes nothing, nor
 * what fewer journals tell than were read before: what the others tell of that time would be missing. Where nothing more is
 * told, the rows end: as many entries as are asked for may have one time, so that the same ones would come for ever.
 */
export function withPast(known: KnownTimeLine, until: string, past: TimeLine): KnownTimeLine {
  if (known.rows.at(-1)?.time !== until || past.journals === 0) return known;
  if (past.unasked !== "" && past.journals < known.journals) return known;
  const isWhole = isAll(past);
  if (!past.rows.some(notToldBy(known.rows))) return { ...known, isWhole, endedAt: until };
  return { ...known, rows: withEarlier(known.rows, past.rows), isWhole };
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
