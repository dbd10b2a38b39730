import { useMemo } from "preact/hooks";
import type { Sample, TimeLine } from "../view/rows.ts";
import { useAnswer } from "./ask.ts";
import { Chart } from "./chart.ts";
import { html, type VNode } from "./html.ts";
import { medianOf } from "./median.ts";

/** How often the page asks for connections of the proxies. */
const samplesMs = 5000;

/** How often the page asks what happened. */
const newsMs = 5000;

/** What the proxies' agents tell of connections, and how long it took from what Docker said to traffic. */
export function Charts(): VNode {
  const samples = useAnswer("figures", samplesMs)?.samples;
  const news = useAnswer("journal", newsMs);
  return html`<${Sessions} samples=${samples ?? []} /><${Delays} news=${news} />`;
}

function Sessions({ samples }: { readonly samples: readonly Sample[] }): VNode {
  const [times, values] = useMemo(
    () => [samples.map(({ at }) => at / 1000), samples.map(({ sessions }) => sessions)],
    [samples],
  );
  const last = samples.at(-1);
  const rate = last?.perSecond ?? null;
  return html`<${Chart}
    title="connections"
    value=${last === undefined ? "–" : last.sessions.toLocaleString("en")}
    unit=${rate === null ? "connections" : `connections, ${rate.toFixed(rate < 10 ? 1 : 0)} new/s`}
    times=${times}
    values=${values}
  />`;
}

function Delays({ news }: { readonly news: TimeLine | undefined }): VNode {
  const [times, values] = useMemo(() => {
    const told = (news?.rows ?? []).filter(({ container, tookMs }) => container !== "" && tookMs !== null).toReversed();
    return [told.map(({ time }) => Date.parse(time) / 1000), told.map(({ tookMs }) => tookMs ?? 0)];
  }, [news]);
  const median = medianOf(values);
  return html`<${Chart}
    title="from Docker to traffic"
    value=${median === undefined ? "–" : `${Math.round(median)} ms`}
    unit=${"from Docker to traffic"}
    times=${times}
    values=${values}
    isDots
  />`;
}
