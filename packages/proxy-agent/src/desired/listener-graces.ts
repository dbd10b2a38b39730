import type { Front } from "@fairway/contract";

/** How often the listener of a port had endpoints again after it had none, and when it last had. */
type Returns = { readonly count: number; readonly at: number };

/** A grace doubles with each return up to this. */
const mostDoublings = 3;

/** How long the returns of a listener count, which make its grace longer. */
const forgetMs = 6 * 3_600_000;

/** How much time there is at least between two removals of listeners: each takes a reload. */
const removalGapMs = 60_000;

/**
 * How long listeners without endpoints stay: for LISTENER_GRACE, twice as long after each time that they had endpoints
 * again. An empty listener costs nothing, and a reload for each start and end of a container that crashes cuts the
 * connections of others in the end. Times are ms since 1970.
 */
export class ListenerGraces {
  readonly #graceMs: number;
  readonly #emptySince = new Map<Front, number>();
  /** Ports that have had none at some time. */
  readonly #returns = new Map<Front, Returns>();
  #removedAt = -Infinity;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** Since when listeners have been empty, by port. */
  get empty(): ReadonlyMap<Front, number> {
    return this.#emptySince;
  }

  /** How many listeners' returns are kept in mind. */
  get remembered(): number {
    return this.#returns.size;
  }

  /** A port has a listener with endpoints, for the first time after none or anew. */
  onServed(port: Front, now: number): void {
    this.#emptySince.delete(port);
    const returns = this.#returns.get(port);
    if (returns) this.#returns.set(port, { count: Math.min(this.#countAt(port, now) + 1, mostDoublings), at: now });
  }

  /** The listener of a port has none, since then or longer. */
  onEmpty(port: Front, since: number): void {
    if (this.#emptySince.has(port)) return;
    this.#emptySince.set(port, since);
    this.#returns.set(port, { count: this.#countAt(port, since), at: since });
  }

  /**
   * The ports whose listeners are to go now: those whose grace has passed, if a reload comes anyway or the last removal
   * was a minute ago.
   */
  takeOver(now: number, isReloadComing: boolean): readonly Front[] {
    if (!isReloadComing && now < this.#nextRemovalAt()) return [];
    const over = [...this.#emptySince.keys()].filter((port) => this.#endOf(port) <= now);
    if (over.length === 0) return over;
    this.#removedAt = now;
    for (const port of over) this.#emptySince.delete(port);
    this.#forgetReturns(now);
    return over;
  }

  /** When a listener is to go next; undefined: none is empty. */
  nextEnd(): number | undefined {
    const ends = [...this.#emptySince.keys()].map((port) => this.#endOf(port));
    return ends.length === 0 ? undefined : Math.max(Math.min(...ends), this.#nextRemovalAt());
  }

  #endOf(port: Front): number {
    return (this.#emptySince.get(port) ?? Infinity) + this.#graceMs * 2 ** (this.#returns.get(port)?.count ?? 0);
  }

  #forgetReturns(now: number): void {
    for (const [port, { at }] of this.#returns)
      if (now - at > forgetMs && !this.#emptySince.has(port)) this.#returns.delete(port);
  }

  #countAt(port: Front, now: number): number {
    const { count, at } = this.#returns.get(port) ?? { count: 0, at: now };
    return now - at > forgetMs ? 0 : count;
  }

  #nextRemovalAt(): number {
    return this.#removedAt + Math.min(removalGapMs, this.#graceMs);
  }
}
