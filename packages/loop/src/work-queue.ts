import { backoffMs, type BackoffTimes } from "./backoff.ts";

/** How long a key rests after its work, in milliseconds from the end of it. */
export type Rest = {
  readonly leastMs: number;
  /** After that, until it was not added for so long: a storm of additions is one run. */
  readonly quietMs: number;
  /** But no longer than this. */
  readonly mostMs: number;
};

/** What a {@link WorkQueue} works with. */
export type WorkQueueOptions<K> = {
  /** The work for one key, computed from the whole state of what the key names. Answers how long the key rests; nothing: not at all. */
  readonly work: (key: K) => Promise<Rest | void>;
  /** Called when work failed; `failures` in a row. */
  readonly onError: (key: K, error: unknown, failures: number) => void;
  /** How many keys are worked on at once. (1) */
  readonly concurrency?: number;
  /** Pauses after failures. (100 ms, doubling to 5 s) */
  readonly retry?: BackoffTimes;
  /** True: a key that is added while it waits for its retry is worked on at once. (false) */
  readonly isAddedBeforeRetry?: boolean;
  /** No work begins once it has aborted. */
  readonly signal: AbortSignal;
};

/** What is known of one key. */
type Item = {
  /** When work may begin, ms of `performance.now()`; undefined: nobody asked for it. */
  dueAt: number | undefined;
  /** When it was last added. */
  addedAt: number;
  /** When the work that runs now began; undefined: none runs. */
  startedAt: number | undefined;
  /** When its last work ended, and how long it rests since. */
  rest: (Rest & { readonly since: number }) | undefined;
  /** Failures in a row. */
  failures: number;
  /** When it is worked on again after a failure. */
  retryAt: number | undefined;
  timer: NodeJS.Timeout | undefined;
};

/**
 * Runs the work for each key that was added, with these guarantees:
 * 1. one key is never worked on twice at once; added meanwhile, it is worked on once more afterwards;
 * 2. a key is in the queue once, however often it was added; the earliest time counts;
 * 3. a key whose work failed comes back after a back-off, one timer a key; others are not delayed;
 * 4. at most `concurrency` keys at once, in the order in which they fell due.
 */
export class WorkQueue<K> {
  readonly #options: Required<Omit<WorkQueueOptions<K>, "signal">> & { readonly signal: AbortSignal };
  readonly #items = new Map<K, Item>();
  /** Keys that are due, in order. */
  readonly #due = new Set<K>();
  readonly #onIdle = new Set<() => void>();
  #running = 0;

  constructor(options: WorkQueueOptions<K>) {
    const { concurrency = 1, retry = { firstMs: 100, longestMs: 5000 }, isAddedBeforeRetry = false } = options;
    this.#options = {
      work: options.work,
      onError: options.onError,
      concurrency,
      retry,
      isAddedBeforeRetry,
      signal: options.signal,
    };
    options.signal.addEventListener("abort", () => this.#stop(), { once: true });
  }

  /** Has a key worked on: now, when its rest is over, or once more after the work that runs. */
  add(key: K): void {
    this.addAfter(key, 0);
  }

  /** Has a key worked on no later than after `ms`; an earlier time that was asked for stays. */
  addAfter(key: K, ms: number): void {
    if (this.#options.signal.aborted) return;
    const item = this.#item(key);
    const now = performance.now();
    item.addedAt = now;
    item.dueAt = Math.min(item.dueAt ?? Infinity, now + ms);
    if (item.startedAt === undefined) this.#arm(key, item);
  }

  /** Forgets a key's rest, failures and times; work that runs goes on. */
  forget(key: K): void {
    const item = this.#items.get(key);
    if (item === undefined || item.startedAt !== undefined) return;
    clearTimeout(item.timer);
    this.#due.delete(key);
    this.#items.delete(key);
    this.#settle();
  }

  /** Keys whose last work failed. */
  failing(): readonly K[] {
    return [...this.#items].filter(([, { failures }]) => failures > 0).map(([key]) => key);
  }

  /** True while any work runs. */
  get isBusy(): boolean {
    return this.#running > 0;
  }

  /** How long the longest of the present work has lasted, in milliseconds; 0: none runs. */
  busyMs(): number {
    const started = [...this.#items.values()].flatMap(({ startedAt }) => startedAt ?? []);
    return started.length === 0 ? 0 : performance.now() - Math.min(...started);
  }

  /** Resolves when nothing is due and nothing runs; keys that wait for a later time do not count. */
  async idle(): Promise<void> {
    if (this.#running > 0 || this.#due.size > 0) await new Promise<void>((resolve) => this.#onIdle.add(resolve));
  }

  #item(key: K): Item {
    const known = this.#items.get(key);
    if (known) return known;
    const item: Item = {
      dueAt: undefined,
      addedAt: 0,
      startedAt: undefined,
      rest: undefined,
      failures: 0,
      retryAt: undefined,
      timer: undefined,
    };
    this.#items.set(key, item);
    return item;
  }

  /** Puts a key among those that are due, or sets its one timer. */
  #arm(key: K, item: Item): void {
    clearTimeout(item.timer);
    item.timer = undefined;
    const waitMs = this.#dueAt(item) - performance.now();
    if (waitMs > 0) {
      // It may have been due: added since, it rests longer.
      this.#due.delete(key);
      item.timer = setTimeout(() => this.#arm(key, item), Math.min(waitMs, longestTimerMs));
      return;
    }
    this.#due.add(key);
    this.#turn();
  }

  #dueAt({ dueAt = Infinity, addedAt, rest, retryAt }: Item): number {
    const at = retryAt === undefined ? dueAt : this.#options.isAddedBeforeRetry ? Math.min(dueAt, retryAt) : retryAt;
    if (rest === undefined) return at;
    const quiet = Math.min(addedAt + rest.quietMs, rest.since + rest.mostMs);
    return Math.max(at, rest.since + rest.leastMs, quiet);
  }

  #turn(): void {
    for (const key of this.#due) {
      if (this.#running >= this.#options.concurrency || this.#options.signal.aborted) return;
      this.#due.delete(key);
      void this.#run(key, this.#item(key));
    }
  }

  async #run(key: K, item: Item): Promise<void> {
    item.dueAt = undefined;
    item.retryAt = undefined;
    item.startedAt = performance.now();
    this.#running += 1;
    try {
      const rest = await this.#options.work(key);
      item.failures = 0;
      item.rest = rest ? { ...rest, since: performance.now() } : undefined;
    } catch (error) {
      item.failures += 1;
      item.rest = undefined;
      item.retryAt = performance.now() + backoffMs(item.failures, this.#options.retry);
      if (!this.#options.signal.aborted) this.#options.onError(key, error, item.failures);
    }
    this.#running -= 1;
    item.startedAt = undefined;
    this.#after(key, item);
  }

  #after(key: K, item: Item): void {
    if (this.#options.signal.aborted) return this.#stop();
    if (item.dueAt !== undefined || item.retryAt !== undefined) this.#arm(key, item);
    else if (item.rest === undefined) this.#items.delete(key);
    else item.timer = setTimeout(() => this.#endRest(key, item), item.rest.leastMs).unref();
    this.#turn();
    this.#settle();
  }

  #endRest(key: K, item: Item): void {
    if (this.#items.get(key) === item && item.dueAt === undefined && item.startedAt === undefined)
      this.#items.delete(key);
  }

  #stop(): void {
    for (const { timer } of this.#items.values()) clearTimeout(timer);
    this.#due.clear();
    this.#settle();
  }

  #settle(): void {
    if (this.#running > 0 || this.#due.size > 0) return;
    for (const resolve of this.#onIdle) resolve();
    this.#onIdle.clear();
  }
}

/** How long a timer waits at most, as timers cannot wait for weeks: a key that is due later is looked at again. */
const longestTimerMs = 3_600_000;
