const burst = 20;
const perSecond = 5;

/** More than there are containers on a node; those that have asked little of late are forgotten. */
const mostSources = 2000;

type Bucket = { readonly left: number; readonly atMs: number };

/** How many requests each source address has left: twenty at once, five a second in the long run. */
export class RequestLimits {
  readonly #buckets = new Map<string, Bucket>();

  /** Takes one request of a source; false: it has none left. */
  take(source: string, nowMs: number): boolean {
    const left = this.#leftAt(source, nowMs);
    this.#buckets.delete(source);
    this.#buckets.set(source, { left: Math.max(0, left - 1), atMs: nowMs });
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined && this.#buckets.size > mostSources) this.#buckets.delete(oldest);
    return left >= 1;
  }

  #leftAt(source: string, nowMs: number): number {
    const { left, atMs } = this.#buckets.get(source) ?? { left: burst, atMs: nowMs };
    return Math.min(burst, left + ((nowMs - atMs) * perSecond) / 1000);
  }
}
