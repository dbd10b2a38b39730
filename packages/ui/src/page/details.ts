import { useEffect, useRef, useState } from "preact/hooks";
import type { ContainerRow } from "../view/rows.ts";
import { ask } from "./ask.ts";
import { clockTime } from "./times.ts";
import { html, type VNode } from "./html.ts";
import { whyLines } from "./why-lines.ts";

/** What `why` says of a container, asked again whenever anything about it or the proxies changes. */
function useWhy(id: string, at: string, changes: readonly unknown[]): readonly string[] | undefined {
  const [answer, set] = useState<{ readonly of: string; readonly lines: readonly string[] }>();
  const of = `${id} ${at}`;
  useEffect(() => {
    const over = new AbortController();
    ask<{ readonly lines: readonly string[] }>("why", { container: id, ...(at && { at }) }, over.signal)
      .then(({ lines }) => set({ of, lines }))
      .catch(() => undefined);
    return () => over.abort();
  }, [id, at, ...changes]);
  return answer?.of === of ? answer.lines : undefined;
}

/** A container with everything that `why` says of it. `changes`: what its lines are made of. */
export function Details(props: {
  readonly id: string;
  /** As it was then, ISO 8601; empty: as it is. */
  readonly at: string;
  readonly row: ContainerRow | undefined;
  readonly changes: readonly unknown[];
  readonly onClose: () => void;
}): VNode {
  const { id, at, row, changes, onClose } = props;
  const lines = useWhy(id, at, at === "" ? changes : []);
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => close.current?.focus({ preventScroll: true }), [id, at]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
  };
  return html`<aside class="details" aria-label="why" onKeyDown=${onKeyDown}>
    <header>
      <h2>${row?.name ?? id.slice(id.lastIndexOf("/") + 1)}${at !== "" && html`<span>${thenText(at)}</span>`}</h2>
      <button type="button" class="close" aria-label="close" ref=${close} onClick=${onClose}></button>
    </header>
    <${WhyLines} lines=${lines ?? ["…"]} />
    <p class="hint">${hintOf(row?.name, at)}</p>
  </aside>`;
}

function hintOf(name: string | undefined, at: string): VNode | string {
  if (at !== "") return thenText(at);
  return name === undefined ? "" : html`the same as <code>fairway why ${name}</code>`;
}

function thenText(at: string): string {
  return `as it was at ${clockTime(at, Date.now())}`;
}

/** What `why` says, as it says it: each line in an element of its own. */
function WhyLines({ lines }: { readonly lines: readonly string[] }): VNode {
  const shown = whyLines(lines).map(({ text, indent, isBad }, at) => {
    const style = { paddingLeft: `${indent}ch`, textIndent: `-${indent}ch` };
    const isLast = at === lines.length - 1;
    return html`<span class=${isBad ? "bad" : ""} style=${style} key=${at}>${isLast ? text : `${text}\n`}</span>`;
  });
  return html`<pre class="why" role="status">${shown}</pre>`;
}
