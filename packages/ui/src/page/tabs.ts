import { html, type VNode } from "./html.ts";

/** A view of the page: what its address is called after `#`, its title, and how much there is. */
export type Tab = { readonly id: string; readonly title: string; readonly count?: number; readonly isBad?: boolean };

/** The views; arrow keys lead from one to the next. */
export function Tabs(props: {
  readonly tabs: readonly Tab[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}): VNode {
  const { tabs, chosen, onChoose } = props;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const at = tabs.findIndex(({ id }) => id === chosen);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    onChoose(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return html`<nav class="tabs" role="tablist" aria-label="what is shown" onKeyDown=${onKeyDown}>
    ${tabs.map(
      ({ id, title, count, isBad = false }) =>
        html`<button
          type="button"
          role="tab"
          id=${`tab-${id}`}
          key=${id}
          aria-selected=${id === chosen}
          tabindex=${id === chosen ? 0 : -1}
          onClick=${() => onChoose(id)}
        >
          ${title}${count === undefined ? undefined : html`<span class=${`badge ${isBad ? "bad" : ""}`}>${count}</span>`}
        </button>`,
    )}
  </nav>`;
}
