/** What is to be applied in one pass. */
export type Marked = {
  /** Front ports; undefined: all of them. */
  readonly ports: ReadonlySet<number> | undefined;
  /** When the earliest event of these came, ms of `performance.now()`; undefined: no event, time or a retry. */
  readonly since: number | undefined;
};

/** Front ports whose listeners may differ from what runs, gathered between two passes. Begins with all. */
export class Dirt {
  #ports = new Set<number>();
  #isAll = true;
  #since: number | undefined;

  get isClean(): boolean {
    return !this.#isAll && this.#ports.size === 0;
  }

  mark(port: number, since?: number): void {
    this.#ports.add(port);
    this.#since ??= since;
  }

  markAll(): void {
    this.#isAll = true;
  }

  /** Answers what is marked and begins anew. */
  take(): Marked {
    const marked = { ports: this.#isAll ? undefined : this.#ports, since: this.#since };
    this.#ports = new Set();
    this.#isAll = false;
    this.#since = undefined;
    return marked;
  }
}
