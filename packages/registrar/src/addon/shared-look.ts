import { type Rest, WorkQueue } from "@fairway/loop";

/** Between two looks. */
const rest: Rest = { leastMs: 200, quietMs: 0, mostMs: 200 };

/**
 * One look for all who ask meanwhile: what each gets is from after it asked, and there are at most five looks a second,
 * whoever asks and however often.
 */
export class SharedLook<T> {
  readonly #queue: WorkQueue<"look">;
  #waiting: { readonly resolve: (seen: T) => void; readonly reject: (error: unknown) => void }[] = [];

  constructor(look: () => Promise<T>, signal: AbortSignal) {
    // Whoever waits is told of a failure, and the queue is not.
    this.#queue = new WorkQueue({ work: () => this.#tell(look), onError: () => undefined, signal });
  }

  ask(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#queue.add("look");
    });
  }

  async #tell(look: () => Promise<T>): Promise<Rest> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const seen = await look();
      for (const { resolve } of waiting) resolve(seen);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
    return rest;
  }
}
