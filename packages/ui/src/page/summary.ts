import type { Tables } from "../view/rows.ts";
import { html, type VNode } from "./html.ts";

/** How many there are of what matters, at a glance. A click on what is wrong shows it alone. */
export function Summary(props: {
  readonly tables: Tables;
  readonly isTroubleOnly: boolean;
  readonly onTrouble: () => void;
  readonly children?: unknown;
}): VNode {
  const { tables, isTroubleOnly, onTrouble, children } = props;
  const tones = new Map<string, number>();
  for (const { tone } of tables.containers.values()) tones.set(tone, (tones.get(tone) ?? 0) + 1);
  const trouble = (tones.get("broken") ?? 0) + (tones.get("partly") ?? 0);
  const services = new Set([...tables.containers.values()].map(({ project, service }) => `${project}/${service}`)).size;
  const failing = [...tables.proxies.values()].filter(({ tone }) => tone === "broken").length;
  return html`<section class="summary" aria-label="summary">
    ${figure(services, "services")} ${figure(tones.get("good") ?? 0, "containers served")}
    <button
      type="button"
      class=${`figure ${trouble > 0 ? "bad" : ""}`}
      aria-pressed=${isTroubleOnly}
      onClick=${onTrouble}
    >
      <b>${trouble}</b><span>not served</span>
    </button>
    ${figure(tones.get("waiting") ?? 0, "starting or ending")} ${figure(tables.nodes.size, "nodes")}
    ${figure(tables.proxies.size, failing > 0 ? `proxies, ${failing} with an error` : "proxies", failing > 0)}
    ${children}
  </section>`;
}

function figure(count: number, what: string, isBad = false): VNode {
  return html`<div class=${`figure ${isBad ? "bad" : ""}`}>
    <b>${count.toLocaleString("en")}</b><span>${what}</span>
  </div>`;
}
