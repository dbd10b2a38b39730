import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { JournalRow, TimeLine } from "../view/rows.ts";
import { ask, useAnswer } from "./ask.ts";
import { cell, mark } from "./cells.ts";
import { canGoBack, type KnownTimeLine, noTimeLine, withNews, withPast } from "./known-time-line.ts";
import { html, type VNode } from "./html.ts";
import { finder } from "./search.ts";
import { type Shared, TableFrame } from "./table-frame.ts";
import { emptyText, endText } from "./time-texts.ts";
import { ageOf, clockTime } from "./times.ts";
import { useNow } from "./use.ts";

/** How often the time line looks for what is new. */
const newsMs = 3000;

/** How long the time line waits for what happened before. */
const pastMs = 10_000;

const columns = { time: "Time", age: "Ago", name: "Whose", reason: "What", by: "Proxy", took: "Took" };

/** What happened, the newest first; it goes on into the past where one scrolls to its end, but not of a search: that would read all. */
export function TimeView({ search, onOpen }: Shared): VNode {
  const news = useAnswer("journal", newsMs);
  const now = useNow();
  const [known, goBack] = useTimeLine(news);
  const { rows } = known;
  const looked = { known, search, nowMs: now };
  const [selected, setSelected] = useState("");
  const lines = useMemo(() => rows.filter(finder(search)), [rows, search]);
  const open = ({ container, time }: JournalRow) => {
    if (container !== "") onOpen(container, time);
  };
  return html`<${TableFrame}
    name="time"
    label="what happened"
    columns=${columns}
    lines=${lines}
    keyOf=${({ id }: JournalRow) => id}
    classOf=${() => ""}
    cells=${(row: JournalRow) => cellsOf(row, now)}
    selected=${selected}
    onSelect=${({ id }: JournalRow) => setSelected(id)}
    onOpen=${open}
    onEnd=${search === "" ? goBack : undefined}
    empty=${emptyText(news, looked)}
    note=${[news?.unasked && `not asked: ${news.unasked}`, endText(looked)].filter(Boolean).join("; ")}
  />`;
}

function cellsOf(row: JournalRow, nowMs: number): readonly VNode[] {
  const { tone, is, time, name, service, what, proxies, tookMs } = row;
  return [
    mark(tone, is),
    cell("time", clockTime(time, nowMs)),
    cell("age", ageOf(time, nowMs)),
    cell("name", name || service || "–", "strong"),
    cell("reason", what, tone === "broken" ? "bad" : ""),
    cell("by", proxies.length > 2 ? `${proxies.length} proxies` : proxies.join(", ")),
    cell("took", tookMs === null ? "" : `${tookMs} ms`),
  ];
}

/** What was read so far, and what reads what was before it. */
function useTimeLine(news: TimeLine | undefined): readonly [KnownTimeLine, () => void] {
  const [known, setKnown] = useState(noTimeLine);
  const isAsking = useRef(false);
  useEffect(() => {
    if (news !== undefined) setKnown((known) => withNews(known, news));
  }, [news]);
  const goBack = async () => {
    const until = known.rows.at(-1)?.time;
    if (isAsking.current || until === undefined || !canGoBack(known)) return;
    isAsking.current = true;
    const past = await readPast(until);
    isAsking.current = false;
    if (past !== undefined) setKnown((known) => withPast(known, until, past));
  };
  return [known, () => void goBack()];
}

/** What happened until a time; undefined: there was no answer. */
async function readPast(until: string): Promise<TimeLine | undefined> {
  return ask<TimeLine>("journal", { until }, AbortSignal.timeout(pastMs)).catch(() => undefined);
}
