import { useEffect, useRef, useState } from "preact/hooks";
import type { ContainerRow } from "../view/rows.ts";
import { ask } from "./ask.ts";
import { clockTime } from "./times.ts";
import { html, type VNode } from "./html.ts";

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
      <h2>${row?.name ?? id.slice(id.lastIndexOf("/") + 1)}</h2>
      <button type="button" class="close" aria-label="close" ref=${close} onClick=${onClose}></button>
    </header>
    <pre class="why" role="status">${lines?.join("\n") ?? "…"}</pre>
    <p class="hint">${hintOf(row?.name, at)}</p>
  </aside>`;
}

function hintOf(name: string | undefined, at: string): VNode | string {
  if (at !== "") return `as it was at ${clockTime(at, Date.now())}`;
  return name === undefined ? "" : html`the same as <code>fairway why ${name}</code>`;
}
