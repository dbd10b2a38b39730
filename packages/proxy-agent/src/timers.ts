/** Runs work now and then: at most one run of each name is waiting. Stops with the signal. */
export class Timers {
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#clear(), { once: true });
  }

  /** Runs `work` once after `delayMs`, unless a run of that name is waiting already. */
  once(name: string, delayMs: number, work: () => void): void {
    if (this.#signal.aborted || this.#waiting.has(name)) return;
    const timer = setTimeout(() => {
      this.#waiting.delete(name);
      work();
    }, delayMs);
    timer.unref();
    this.#waiting.set(name, timer);
  }

  #clear(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }
}
