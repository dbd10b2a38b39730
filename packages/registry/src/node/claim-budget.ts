const burst = 60;
const perMinute = 60;

/** What endpoints that ask for many may not take: others are not to wait for them. */
const reserve = 20;
const many = 4;

/** Enough for one look at what waits. */
const fewest = 10;

/**
 * How many new claims a node may still put: sixty at once, sixty a minute in the long run. Endpoints that ask for more
 * than four leave twenty to the others.
 */
export class ClaimBudget {
  #left = burst;
  #atMs = performance.now();

  /** How many there are for an endpoint that asks for so many, besides those spent already. */
  leftFor(asked: number, spent = 0): number {
    return Math.max(0, Math.floor(this.#now()) - spent - (asked > many ? reserve : 0));
  }

  /** Notes that one was put. */
  spend(): void {
    this.#left = this.#now() - 1;
    this.#atMs = performance.now();
  }

  /** In how many milliseconds a few may be put by whoever waits. */
  waitMs(): number {
    return Math.max(0, ((reserve + fewest - this.#now()) * 60_000) / perMinute);
  }

  #now(): number {
    return Math.min(burst, this.#left + ((performance.now() - this.#atMs) * perMinute) / 60_000);
  }
}
