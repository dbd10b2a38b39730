import type { Tone } from "../view/rows.ts";
import { html, type VNode } from "./html.ts";

const words: Readonly<Record<Tone, string>> = {
  good: "served",
  partly: "partly served",
  waiting: "waiting",
  broken: "not served",
  quiet: "nothing asked for",
};

/** How a thing stands: a mark for the eye, with its word for who does not see it. */
export function mark(tone: Tone, word = words[tone]): VNode {
  return html`<span role="gridcell" class="cell mark"
    ><span class=${`dot ${tone}`} role="img" aria-label=${word}></span
  ></span>`;
}

/** A cell with text, in the column of this name. */
export function cell(column: string, text: string | number, className = ""): VNode {
  return html`<span role="gridcell" class=${`cell ${column} ${className}`}>${text}</span>`;
}

/** A cell of small labels. */
export function tags(column: string, texts: readonly string[], most = 3): VNode {
  const shown = texts.slice(0, most).map((text) => html`<span class="tag">${text}</span>`);
  const more = texts.length > most ? html`<span class="more">+${texts.length - most}</span>` : undefined;
  return html`<span role="gridcell" class=${`cell ${column}`}>${shown}${more}</span>`;
}
