const burst = 60;
const perMinute = 60;

/** Enough for one look at what waits. */
const fewest = 10;

/** How many new claims a node may still put: sixty at once, sixty a minute in the long run. */
export class ClaimBudget {
  #left = burst;
  #atMs = performance.now();

  /** Whole ones; none left: the next ones wait. */
  get left(): number {
    return Math.floor(this.#now());
  }

  /** Notes that one was put. Those of one endpoint are put together: then it is in debt. */
  spend(): void {
    this.#left = this.#now() - 1;
    this.#atMs = performance.now();
  }

  /** In how many milliseconds a few may be put. */
  waitMs(): number {
    return Math.max(0, ((fewest - this.#now()) * 60_000) / perMinute);
  }

  #now(): number {
    return Math.min(burst, this.#left + ((performance.now() - this.#atMs) * perMinute) / 60_000);
  }
}
