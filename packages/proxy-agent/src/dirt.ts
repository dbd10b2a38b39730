/** What to look at in one pass. */
export type Marked = {
  /** Front ports, each with the keys of the endpoints there that changed; undefined: all of them. */
  readonly ports: ReadonlyMap<number, ReadonlySet<string>> | undefined;
  /** When the earliest event of these came, ms of `performance.now()`; undefined: no event, time or a retry. */
  readonly since: number | undefined;
};

/** What to look at again, gathered between two passes. Begins with all. */
export class Dirt {
  #ports = new Map<number, Set<string>>();
  #isAll = true;
  #since: number | undefined;

  get isClean(): boolean {
    return !this.#isAll && this.#ports.size === 0;
  }

  mark(touched: Iterable<readonly [port: number, keys: Iterable<string>]>, since?: number): void {
    for (const [port, keys] of touched) {
      const marked = this.#ports.get(port) ?? new Set();
      for (const key of keys) marked.add(key);
      this.#ports.set(port, marked);
    }
    this.#since ??= since;
  }

  markAll(): void {
    this.#isAll = true;
  }

  /** Answers what is marked and begins anew. */
  take(): Marked {
    const marked = { ports: this.#isAll ? undefined : this.#ports, since: this.#since };
    this.#ports = new Map();
    this.#isAll = false;
    this.#since = undefined;
    return marked;
  }
}
