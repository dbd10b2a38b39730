/** Carries out one piece of work at a time, in the order asked. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` after everything that was asked for before. Rejects as it does; what follows runs all the same. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Resolves when everything that was asked for by now is over. Never rejects. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
