/** How long a port must have been free before it is taken that another program was seen to hold. */
export const usualFreeForMs = 300_000;

type Taken = {
  /** Who was last seen to hold it. */
  readonly holder: string;
  /** Since when it has been free; undefined: it is held. */
  readonly freeSince: number | undefined;
};

/** A port that is free and not taken yet: who held it, and how long it still has to be free. */
export type Waiting = { readonly holder: string; readonly leftMs: number };

/**
 * Addresses that another program was seen to hold: its owner may only be starting again, so each must have been free for
 * a time before anybody else takes it. Times are ms of a clock that never jumps.
 */
export class TakenPorts {
  readonly #freeForMs: number;
  readonly #taken = new Map<string, Taken>();

  constructor(freeForMs: number) {
    this.#freeForMs = freeForMs;
  }

  /** Somebody else holds an address. */
  see(address: string, holder: string): void {
    this.#taken.set(address, { holder, freeSince: undefined });
  }

  /** Nobody holds it now. Answers whom it is still kept for; undefined: nobody, it may be taken. */
  free(address: string, now: number): Waiting | undefined {
    const taken = this.#taken.get(address);
    if (taken === undefined) return undefined;
    const { holder, freeSince = now } = taken;
    const leftMs = freeSince + this.#freeForMs - now;
    if (leftMs <= 0) this.#taken.delete(address);
    else this.#taken.set(address, { holder, freeSince });
    return leftMs <= 0 ? undefined : { holder, leftMs };
  }
}
