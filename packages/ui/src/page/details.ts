import { useEffect, useRef, useState } from "preact/hooks";
import type { ContainerRow } from "../view/rows.ts";
import { html, type VNode } from "./html.ts";

/** What `why` says of a container, asked again whenever anything about it or the proxies changes. */
function useWhy(id: string, changes: readonly unknown[]): readonly string[] | undefined {
  const [answer, set] = useState<{ readonly id: string; readonly lines: readonly string[] }>();
  useEffect(() => {
    const over = new AbortController();
    fetch(`why?container=${encodeURIComponent(id)}`, { signal: over.signal })
      .then((response) => response.json() as Promise<{ readonly lines: readonly string[] }>)
      .then(({ lines }) => set({ id, lines }))
      .catch(() => undefined);
    return () => over.abort();
  }, [id, ...changes]);
  return answer?.id === id ? answer.lines : undefined;
}

/** A container with everything that `why` says of it. `changes`: what its lines are made of. */
export function Details(props: {
  readonly id: string;
  readonly row: ContainerRow | undefined;
  readonly changes: readonly unknown[];
  readonly onClose: () => void;
}): VNode {
  const { id, row, changes, onClose } = props;
  const lines = useWhy(id, changes);
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => close.current?.focus({ preventScroll: true }), [id]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
  };
  return html`<aside class="details" aria-label="why" onKeyDown=${onKeyDown}>
    <header>
      <h2>${row?.name ?? "gone"}</h2>
      <button type="button" class="close" aria-label="close" ref=${close} onClick=${onClose}></button>
    </header>
    <pre class="why" role="status">${lines?.join("\n") ?? "…"}</pre>
    ${row === undefined ? undefined : html`<p class="hint">the same as <code>fairway why ${row.name}</code></p>`}
  </aside>`;
}
