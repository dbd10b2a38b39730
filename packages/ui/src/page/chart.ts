import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { html, type VNode } from "./html.ts";
import { useDark } from "./use.ts";

/** A small chart of one figure over time, with its newest value in words. */
export type ChartProps = {
  readonly title: string;
  /** What is told of the newest value, or of there being none. */
  readonly value: string;
  readonly unit: string;
  /** Times in seconds since 1970, ascending, and the value at each. */
  readonly times: readonly number[];
  readonly values: readonly number[];
  /** Dots for what happens now and then; else a line. */
  readonly isDots?: boolean;
};

export function Chart({ title, value, unit, times, values, isDots = false }: ChartProps): VNode {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const isDark = useDark();
  useEffect(() => {
    if (box.current === null) return undefined;
    const { clientWidth: width, clientHeight: height } = box.current;
    const made = new uPlot(optionsOf({ width, height, isDots }), [[], []], box.current);
    plot.current = made;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) made.setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [isDark, isDots]);
  useEffect(() => plot.current?.setData([[...times], [...values]]), [times, values, isDark]);
  return html`<figure class="figure chart">
    <figcaption><b>${value}</b><span>${unit}</span></figcaption>
    <div class="plot" role="img" aria-label=${`${title}: ${value} ${unit}`} ref=${box}></div>
  </figure>`;
}

function optionsOf({
  width,
  height,
  isDots,
}: {
  readonly width: number;
  readonly height: number;
  readonly isDots: boolean;
}) {
  const style = getComputedStyle(document.documentElement);
  const [stroke, fill] = [style.getPropertyValue("--accent"), style.getPropertyValue("--accent-soft")];
  const line = isDots
    ? { stroke, paths: () => null, points: { show: true, size: 5, fill: stroke } }
    : { stroke, fill, width: 1.5, points: { show: false } };
  return {
    width,
    height,
    padding: [4, 4, 2, 4] as [number, number, number, number],
    legend: { show: false },
    cursor: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: { y: { range: (_: uPlot, _low: number, high: number): [number, number] => [0, Math.max(1, high * 1.1)] } },
    series: [{}, line],
  } satisfies uPlot.Options;
}
