import type { Ref } from "preact";
import { html, type VNode } from "./html.ts";
import type { PageKnown } from "./store.ts";

/** The name of the page, the search, and how it stands with the registry. */
export function Head(props: {
  readonly known: PageKnown;
  readonly search: string;
  readonly onSearch: (text: string) => void;
  readonly searchRef: Ref<HTMLInputElement>;
}): VNode {
  const { known, search, onSearch, searchRef } = props;
  const onInput = (event: Event) => onSearch((event.currentTarget as HTMLInputElement).value);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    onSearch("");
    document.querySelector<HTMLElement>(".list")?.focus();
  };
  return html`<header class="head">
    <h1><img src="icon.svg" alt="" width="20" height="20" />Fairway</h1>
    <label class="search">
      <input
        type="search"
        placeholder="Find a container, service, port or node"
        aria-label="find"
        autocomplete="off"
        spellcheck=${false}
        value=${search}
        ref=${searchRef}
        onInput=${onInput}
        onKeyDown=${onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
    ${state(known)}
  </header>`;
}

function state({ isLinked, isWhole, registry }: PageKnown): VNode {
  const [tone, text, more] = !isLinked
    ? ["broken", isWhole ? "no answer: what was last known" : "connecting", ""]
    : !registry.isConnected
      ? ["broken", "the registry does not answer", registry.reason]
      : ["good", "live", `revision ${registry.revision}`];
  return html`<p class="link-state" role="status" title=${more}>
    <span class=${`dot ${tone}`} aria-hidden="true"></span><span class="text">${text}</span
    ><span class="revision">${more}</span>
  </p>`;
}
