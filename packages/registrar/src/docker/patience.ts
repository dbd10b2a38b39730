/** How long the engine has at least for its list of containers. */
const shortestMs = 5000;
/** How long the engine has at most for its list of containers, however slow it has become. */
const longestMs = 120_000;

/** How long one kind of call may take: longer after each that was given up, as on a loaded engine, which answers late. */
export class Patience {
  #ms = shortestMs;

  get ms(): number {
    return this.#ms;
  }

  onTimeout(): void {
    this.#ms = Math.min(this.#ms * 3, longestMs);
  }

  /** The next one may take four times as long as this one did. */
  onAnswer(tookMs: number): void {
    this.#ms = Math.min(Math.max(tookMs * 4, shortestMs), longestMs);
  }
}
