import type { Tables } from "../view/rows.ts";
import { Charts } from "./charts.ts";
import { html, type VNode } from "./html.ts";

/** How many there are of what matters, at a glance. A click on what is wrong shows it alone. */
export function Summary(props: {
  readonly tables: Tables;
  readonly isTroubleOnly: boolean;
  readonly onTrouble: () => void;
}): VNode {
  const { tables, isTroubleOnly, onTrouble } = props;
  const tones = new Map<string, number>();
  for (const { tone } of tables.containers.values()) tones.set(tone, (tones.get(tone) ?? 0) + 1);
  const trouble = (tones.get("broken") ?? 0) + (tones.get("partly") ?? 0);
  return html`<section class="summary" aria-label="summary">
    ${figure(tones.get("good") ?? 0, "served")}
    <button
      type="button"
      class=${`figure ${trouble > 0 ? "bad" : ""}`}
      aria-pressed=${isTroubleOnly}
      onClick=${onTrouble}
    >
      <b>${trouble}</b><span>not served</span>
    </button>
    ${figure(tones.get("waiting") ?? 0, "waiting")}
    <${Charts} />
  </section>`;
}

function figure(count: number, what: string): VNode {
  return html`<div class="figure"><b>${count.toLocaleString("en")}</b><span>${what}</span></div>`;
}
