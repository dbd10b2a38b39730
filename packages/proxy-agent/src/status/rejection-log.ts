import type { Log } from "@fairway/program";
import type { EndpointRejection } from "../desired/desired.ts";

/** Logs each refusal once, and again when its words change or it was gone in between. */
export class RejectionLog {
  readonly #log: Log;
  readonly #told = new Map<
    string,
    { readonly rejections: readonly EndpointRejection[]; readonly words: Set<string> }
  >();

  constructor(log: Log) {
    this.#log = log;
  }

  /** All that is refused in one place (a listener, say) now. */
  tell(place: string, rejections: readonly EndpointRejection[]): void {
    const told = this.#told.get(place);
    if (told?.rejections === rejections) return;
    if (rejections.length === 0) {
      this.#told.delete(place);
      return;
    }
    for (const rejection of rejections)
      if (!told?.words.has(wordsOf(rejection))) this.#log.warn(rejection, "not served");
    this.#told.set(place, { rejections, words: new Set(rejections.map(wordsOf)) });
  }
}

function wordsOf({ code, key, reason }: EndpointRejection): string {
  return `${code} ${key} ${reason}`;
}
