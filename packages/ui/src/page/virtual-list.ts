import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { html, type VNode } from "./html.ts";
import { lineByKey, topFor, visibleLines } from "./visible-lines.ts";

/** A long list, of which only what is in sight is drawn. */
export type VirtualListProps<T> = {
  readonly label: string;
  readonly lines: readonly T[];
  /** In pixels. */
  readonly lineHeight: number;
  readonly keyOf: (line: T) => string;
  readonly classOf: (line: T) => string;
  /** Its cells. */
  readonly cells: (line: T) => readonly VNode[];
  /** The key of the line that the keyboard is on. */
  readonly selected: string;
  readonly onSelect: (line: T) => void;
  /** A click, or Enter. */
  readonly onOpen: (line: T) => void;
  /** Called when the last line is drawn, of other lines again. */
  readonly onEnd?: () => void;
};

export function VirtualList<T>(props: VirtualListProps<T>): VNode {
  const { label, lines, lineHeight, keyOf, classOf, cells, selected, onSelect, onOpen, onEnd } = props;
  const box = useRef<HTMLDivElement>(null);
  const [{ from, to }, setVisible] = useState({ from: 0, to: 0 });
  const windowOf = ({ scrollTop, clientHeight }: HTMLDivElement) => {
    return { top: scrollTop, height: clientHeight, lineHeight, count: lines.length };
  };
  const look = () => {
    if (box.current === null) return;
    const next = visibleLines(windowOf(box.current));
    setVisible((now) => (now.from === next.from && now.to === next.to ? now : next));
  };
  useLayoutEffect(look, [lines.length, lineHeight]);
  useEffect(() => {
    if (to >= lines.length) onEnd?.();
  }, [to, lines]);
  useEffect(() => {
    if (box.current === null) return undefined;
    const observer = new ResizeObserver(look);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [lines.length, lineHeight]);
  const at = useMemo(() => lines.findIndex((line) => keyOf(line) === selected), [lines, selected]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (box.current === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const current = lines[at];
    if (event.key === "Enter" && current !== undefined) return onOpen(current);
    const next = lineByKey(event.key, at, windowOf(box.current));
    const line = next === undefined ? undefined : lines[next];
    if (next === undefined || line === undefined) return;
    event.preventDefault();
    const top = topFor(next, windowOf(box.current));
    if (top !== undefined) box.current.scrollTop = top;
    onSelect(line);
  };
  // Lines that come into sight take the elements of those that left it.
  const drawn = lines.slice(from, to).map((line, index) => {
    const style = { transform: `translateY(${(from + index) * lineHeight}px)`, height: `${lineHeight}px` };
    const isSelected = from + index === at;
    return html`<div
      role="row"
      id=${`line-${from + index}`}
      key=${(from + index) % (to - from)}
      aria-rowindex=${from + index + 1}
      aria-selected=${isSelected}
      class=${`line ${classOf(line)}`}
      style=${style}
      onClick=${() => (onSelect(line), onOpen(line))}
    >
      ${cells(line)}
    </div>`;
  });
  return html`<div
    class="list"
    role="grid"
    tabindex="0"
    aria-label=${label}
    aria-rowcount=${lines.length}
    aria-activedescendant=${at >= from && at < to ? `line-${at}` : undefined}
    ref=${box}
    onScroll=${look}
    onKeyDown=${onKeyDown}
    onMouseOver=${tellWhole}
  >
    <div class="all-lines" role="presentation" style=${{ height: `${lines.length * lineHeight}px` }}>${drawn}</div>
  </div>`;
}

/** Text that is cut off is told as a whole to who points at it. */
function tellWhole({ target }: MouseEvent): void {
  const cell = target instanceof Element ? target.closest<HTMLElement>(".cell") : null;
  if (cell === null) return;
  cell.title = cell.scrollWidth > cell.clientWidth ? (cell.textContent ?? "") : "";
}
