import type { PageProxy } from "./page-agents.ts";

/** How long one answer of the agents serves all pages; with many proxies longer. */
const sharedMs = 3000;
const mostInThat = 50;

type Begun<T> = { readonly answer: Promise<T>; untilMs: number };

/** Asks agents once for all pages that ask at about the same time. */
export class SharedAnswer<T> {
  readonly #ask: (proxies: readonly PageProxy[]) => Promise<T>;
  readonly #leastMs: number;
  #last: Begun<T> | undefined;

  constructor(ask: (proxies: readonly PageProxy[]) => Promise<T>, leastMs = sharedMs) {
    this.#ask = ask;
    this.#leastMs = leastMs;
  }

  /** The last answer, or the one that is awaited; a new one where that is too old, or was none. */
  from(proxies: readonly PageProxy[]): Promise<T> {
    if (this.#last === undefined || performance.now() >= this.#last.untilMs) this.#last = this.#begin(proxies);
    return this.#last.answer;
  }

  #begin(proxies: readonly PageProxy[]): Begun<T> {
    const begun = { answer: this.#ask(proxies), untilMs: Number.POSITIVE_INFINITY };
    const keepFor = (ms: number) => () => void (begun.untilMs = performance.now() + ms);
    begun.answer.then(keepFor(this.#leastMs * Math.max(1, proxies.length / mostInThat)), keepFor(0));
    return begun;
  }
}
