import { html, type VNode } from "./html.ts";
import { useNarrow } from "./use.ts";
import { VirtualList, type VirtualListProps } from "./virtual-list.ts";

/** What every table of the page is given. */
export type Shared = {
  readonly search: string;
  /** `at`: as it was then, ISO 8601; now is the default. */
  readonly onOpen: (id: string, at?: string) => void;
  /** Shows the services and containers that have this in them. */
  readonly onFind: (search: string) => void;
  readonly isWhole: boolean;
};

/** Height of a line in pixels, and of one in a narrow window, where it has two rows of text. */
const lineHeights = { wide: 40, narrow: 56 };

/** A table: the titles of its columns, and its lines, or a sentence where there are none. */
export function TableFrame<T>(
  props: Omit<VirtualListProps<T>, "lineHeight"> & {
    readonly name: string;
    readonly columns: Readonly<Record<string, string>>;
    readonly empty: string;
    /** What is told below it; empty: nothing. */
    readonly note?: string;
  },
): VNode {
  const { name, columns, empty, note = "", ...list } = props;
  const lineHeight = useNarrow() ? lineHeights.narrow : lineHeights.wide;
  return html`<section class=${`table ${name}`}>
    <div class="titles" aria-hidden="true">
      <span class="cell mark"></span>
      ${Object.entries(columns).map(([column, title]) => html`<span class=${`cell ${column}`} key=${column}>${title}</span>`)}
    </div>
    ${
      list.lines.length === 0
        ? html`<p class="empty">${empty}</p>`
        : html`<${VirtualList} ...${list} lineHeight=${lineHeight} />`
    }
    ${note === "" ? undefined : html`<p class="note">${note}</p>`}
  </section>`;
}
