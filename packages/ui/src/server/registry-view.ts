import { once, setMaxListeners } from "node:events";
import { shown } from "@fairway/contract";
import { WorkQueue } from "@fairway/loop";
import { type RegistryClient, type Stored, subscribe, type SubscriptionEvent, takeEvent } from "@fairway/registry";
import type { RegistryState, Tables } from "../view/rows.ts";
import { View, viewPrefixes } from "../view/view.ts";

/** What pages are shown at a moment. */
export type Shown = { readonly registry: RegistryState; readonly tables: Tables };

/** How long changes of the registry are gathered at least that the page shows together. */
const gatherMs = 50;

/** A look takes so small a part of the time at most, however much there is to look at. */
const shareOfTime = 4;

/** The registry as pages show it, from its subscription. */
export class RegistryView {
  readonly #view = new View();
  readonly #records = new Map<string, Stored>();
  readonly #changed = new EventTarget();
  readonly #queue: WorkQueue<"look">;
  #registry: RegistryState = { isConnected: false, revision: "", reason: "it has not answered yet" };
  #shown: Shown = { registry: this.#registry, tables: this.#view.tables };

  constructor(signal: AbortSignal, onError: (error: unknown) => void) {
    // Each page listens.
    setMaxListeners(0, this.#changed);
    this.#queue = new WorkQueue({ work: () => this.#look(), onError: (_, error) => onError(error), signal });
  }

  /** Follows the registry until the signal aborts. */
  follow(client: RegistryClient, signal: AbortSignal): Promise<void> {
    const selectors = viewPrefixes.map((prefix) => ({ prefix }));
    return subscribe({ client, selectors, onEvent: (event) => this.#onEvent(event), signal });
  }

  get known(): View["known"] {
    return this.#view.known;
  }

  /** Resolves once something else is shown than this. Rejects when the signal aborts. */
  async changeFrom(before: Shown | undefined, signal: AbortSignal): Promise<Shown> {
    while (this.#shown === before) await once(this.#changed, "change", { signal });
    signal.throwIfAborted();
    return this.#shown;
  }

  #onEvent(event: SubscriptionEvent): void {
    if (event.type === "lost") {
      this.#registry = { ...this.#registry, isConnected: false, reason: shown(event.reason) };
    } else {
      takeEvent(this.#records, event);
      const { revision } = event.type === "listed" ? event.listing : event;
      this.#registry = { isConnected: true, revision: revision.toString(), reason: "" };
    }
    this.#queue.add("look");
  }

  async #look() {
    const startedAt = performance.now();
    const tables = this.#view.look([...this.#records.values()]);
    this.#shown = { registry: this.#registry, tables };
    this.#changed.dispatchEvent(new Event("change"));
    const leastMs = Math.max(gatherMs, shareOfTime * (performance.now() - startedAt));
    return { leastMs, quietMs: 0, mostMs: leastMs };
  }
}
