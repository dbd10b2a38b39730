import { addAbortListener } from "node:events";
import type { Sections } from "@fairway/haproxy";
import { logHosts, sectionsOf, type ProxySettings } from "./sections.ts";

/** Options of a {@link SectionSource}. */
export type SectionSourceOptions = {
  readonly settings: ProxySettings;
  /** The hosts among these that resolve now. */
  readonly resolvable: (hosts: readonly string[]) => Promise<ReadonlySet<string>>;
};

/**
 * The sections outside the listeners, which depend on the names of log targets that resolve. A name that resolved once
 * is taken to resolve until HAProxy refuses a configuration: a resolver's hiccup reloads nothing.
 */
export class SectionSource {
  readonly #options: SectionSourceOptions;
  #known: ReadonlySet<string> = new Set();

  constructor(options: SectionSourceOptions) {
    this.#options = options;
  }

  /** The sections as of the last look, and what was left out or changed of the operator's text, as sentences. */
  get outcome(): { readonly sections: Sections; readonly notes: readonly string[] } {
    return sectionsOf(this.#options.settings, (host) => this.#known.has(host));
  }

  /** True while some log target is left out because its name does not resolve. */
  get isLackingHosts(): boolean {
    return logHosts(this.#options.settings).some((host) => !this.#known.has(host));
  }

  /** Resolves names: those that did not, or all of them. True when that changed which do. */
  async look(which: "unresolved" | "all"): Promise<boolean> {
    const before = this.#known;
    const hosts = logHosts(this.#options.settings).filter((host) => which === "all" || !before.has(host));
    const now = await this.#options.resolvable(hosts);
    this.#known = which === "all" ? now : new Set([...before, ...now]);
    return this.#known.size !== before.size || [...now].some((host) => !before.has(host));
  }
}

/** How often the operator's files of sections and templates are looked at. */
const lookEveryMs = 30_000;

/** Retries log targets that did not resolve, until the signal aborts. Calls `onChange` when one does. */
export function followHosts(source: SectionSource, onChange: () => void, signal: AbortSignal): void {
  const look = async (): Promise<void> => {
    if (source.isLackingHosts && (await source.look("unresolved")) && !signal.aborted) onChange();
  };
  const timer = setInterval(() => void look(), lookEveryMs).unref();
  addAbortListener(signal, () => clearInterval(timer));
}
