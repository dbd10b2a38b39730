import type { EndpointRejection } from "./desired.ts";

/** What is not served of a listener, each by what it is about, and what of it was not told yet. */
export class ToldRejections {
  readonly #byId = new Map<string, readonly EndpointRejection[]>();
  /** Those since they were last asked for; undefined: nothing changed. */
  #new: EndpointRejection[] | undefined;

  /** All of them, in no order. */
  all(): readonly EndpointRejection[] {
    return [...this.#byId.values()].flat();
  }

  /** What is not served since the last call, or for another reason than before; undefined: no rejection changed. */
  takeNew(): readonly EndpointRejection[] | undefined {
    const taken = this.#new;
    this.#new = undefined;
    return taken;
  }

  /** Takes in all that is about one thing now. */
  set(id: string, rejections: readonly EndpointRejection[]): void {
    const before = this.#byId.get(id) ?? [];
    if (rejections.length + before.length === 0) return;
    if (rejections.length === 0) this.#byId.delete(id);
    else this.#byId.set(id, rejections);
    const added = rejections.filter((each) => !before.some((known) => isSameRejection(each, known)));
    if (added.length > 0 || before.length > rejections.length) (this.#new ??= []).push(...added);
  }
}

function isSameRejection(a: EndpointRejection, b: EndpointRejection): boolean {
  return a.key === b.key && a.code === b.code && a.reason === b.reason;
}
