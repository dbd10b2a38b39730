import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { JournalRow, TimeLine } from "../view/rows.ts";
import { ask, useAnswer } from "./ask.ts";
import { cell, mark } from "./cells.ts";
import { clockTime, withEarlier } from "./earlier.ts";
import { html, type VNode } from "./html.ts";
import { finder } from "./service-lines.ts";
import { type Shared, TableFrame } from "./table-frame.ts";

/** How often the time line looks for what is new. */
const newsMs = 3000;

/** How long the time line waits for what happened before. */
const earlierMs = 10_000;

const columns = { time: "Time", name: "Whose", reason: "What", by: "Proxy", took: "Took" };

/** What happened, the newest first; it goes on into the past where one scrolls to its end. */
export function TimeView({ search, onOpen }: Shared): VNode {
  const news = useAnswer("journal", newsMs);
  const [rows, isWhole, goBack] = useTimeLine(news);
  const [selected, setSelected] = useState("");
  const lines = useMemo(() => rows.filter(finder(search)), [rows, search]);
  const note = news?.unasked ?? "";
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
    cells=${cellsOf}
    selected=${selected}
    onSelect=${({ id }: JournalRow) => setSelected(id)}
    onOpen=${open}
    onEnd=${goBack}
    empty=${news === undefined ? "Reading the journals …" : rows.length === 0 ? "No journal could be read." : `Nothing is called “${search}”.`}
    note=${[note === "" ? "" : `not asked: ${note}`, isWhole ? "this is where the journals begin" : ""].filter(Boolean).join("; ")}
  />`;
}

function cellsOf({ tone, is, time, name, service, what, proxies, tookMs }: JournalRow): readonly VNode[] {
  return [
    mark(tone, is),
    cell("time", clockTime(time, Date.now())),
    cell("name", name || service || "–", "strong"),
    cell("reason", what, tone === "broken" ? "bad" : ""),
    cell("by", proxies.length > 2 ? `${proxies.length} proxies` : proxies.join(", ")),
    cell("took", tookMs === null ? "" : `${tookMs} ms`),
  ];
}

/** All rows that were read so far, whether that is all there is, and what reads earlier ones. */
function useTimeLine(news: TimeLine | undefined): readonly [readonly JournalRow[], boolean, () => void] {
  const [rows, setRows] = useState<readonly JournalRow[]>([]);
  const [isWhole, setWhole] = useState(false);
  const isAsking = useRef(false);
  useEffect(() => {
    if (news === undefined) return;
    setRows((known) => withEarlier(news.rows, known));
    if (!news.isCut) setWhole(true);
  }, [news]);
  const goBack = () => {
    const oldest = rows.at(-1);
    if (isAsking.current || isWhole || oldest === undefined) return;
    isAsking.current = true;
    void readEarlier(oldest.time).then((earlier) => {
      isAsking.current = false;
      if (earlier === undefined) return undefined;
      setRows((known) => withEarlier(known, earlier.rows));
      return setWhole(!earlier.isCut);
    });
  };
  return [rows, isWhole, goBack];
}

/** What happened before a time; undefined: there was no answer. */
async function readEarlier(until: string): Promise<TimeLine | undefined> {
  return ask<TimeLine>("journal", { until }, AbortSignal.timeout(earlierMs)).catch(() => undefined);
}
