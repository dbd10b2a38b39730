import type { TimeLine } from "../view/rows.ts";
import { canGoBack, type KnownTimeLine } from "./known-time-line.ts";
import { clockTime } from "./times.ts";

/** What is looked at: what is known, what is searched for in it, and the time, ms since 1970. */
type Looked = { readonly known: KnownTimeLine; readonly search: string; readonly nowMs: number };

/** What stands where the time line has no row to show. `news`: the last answer; undefined: there was none yet. */
export function emptyText(news: TimeLine | undefined, { known, search, nowMs }: Looked): string {
  if (news === undefined) return "Reading the journals …";
  const oldest = known.rows.at(-1);
  if (oldest === undefined) return news.journals === 0 ? "No journal could be read." : "Nothing has happened yet.";
  const since = known.isWhole ? "" : ` since ${clockTime(oldest.time, nowMs)}`;
  return `Nothing is called “${search}”${since}.`;
}

/** What stands below the rows of how far they go back; empty: they go on where one scrolls to their end. */
export function endText({ known, search, nowMs }: Looked): string {
  const oldest = known.rows.at(-1);
  if (oldest === undefined) return "";
  if (known.isWhole) return "this is where the journals begin";
  if (!canGoBack(known)) return "fairway history tells what was before";
  if (search === "") return "";
  return `searched since ${clockTime(oldest.time, nowMs)}: without a search one scrolls further back`;
}
