import { mock } from "node:test";

/** A clock that tests turn: timers and `performance.now()` go by it. */
export class FakeClock {
  #nowMs = 1_000_000;

  constructor() {
    mock.timers.enable({ apis: ["setTimeout"] });
    mock.method(performance, "now", () => this.#nowMs);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Lets time pass, with everything that falls due in it. */
  async pass(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    while (this.#nowMs < end) {
      const step = Math.min(10, end - this.#nowMs);
      this.#nowMs += step;
      mock.timers.tick(step);
      await settle();
    }
  }

  /** Gives the real clock back. */
  [Symbol.dispose](): void {
    mock.restoreAll();
    mock.timers.reset();
  }
}

/** Until what is due now has been done. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
