import { z } from "zod";

/** How long a port must have been free before it is taken that another program was seen to hold. */
const usualFreeForMs = 300_000;

/**
 * How long somebody who cannot be told must have held a port to be another program: what holds it for a moment is a process
 * that is ending, such as a HAProxy of our own that was killed.
 */
const endingMs = 2000;

/** How long it is kept in mind that somebody who cannot be told held a port, after it was last seen. */
const forgetMs = 60_000;

/** An address that another program was seen to hold, as it stands in snapshot.json. */
export const takenPortSchema = z.object({ address: z.string(), holder: z.string() });

/** See {@link takenPortSchema}. */
export type TakenPort = Readonly<z.output<typeof takenPortSchema>>;

type Taken = {
  /** Who was last seen to hold it. */
  readonly holder: string;
  /** Since when it has been free; undefined: it is held. */
  readonly freeSince: number | undefined;
};

/** Who holds an address; the words alone where nobody can be told. */
export type SeenHolder = { readonly words: string; readonly isTold: boolean };

/** A port that is free and not taken yet: who held it, and how long it still has to be free. */
export type Waiting = { readonly holder: string; readonly leftMs: number };

/**
 * Addresses that another program was seen to hold: its owner may only be starting again, so each must have been free for
 * a time before anybody else takes it. Times are ms of a clock that never jumps.
 */
export class TakenPorts {
  readonly freeForMs: number;
  readonly #taken: Map<string, Taken>;
  /** Since when addresses have been held by somebody who cannot be told, and when that was last seen. */
  readonly #untold = new Map<string, { readonly since: number; readonly seen: number }>();

  /** `known`: what an earlier agent saw; how long each had been free by then does not count. */
  constructor(freeForMs = usualFreeForMs, known: readonly TakenPort[] = []) {
    this.freeForMs = freeForMs;
    this.#taken = new Map(known.map(({ address, holder }) => [address, { holder, freeSince: undefined }]));
  }

  /** Every address that is kept for somebody. */
  list(): TakenPort[] {
    return [...this.#taken].map(([address, { holder }]) => ({ address, holder }));
  }

  /** Somebody else holds an address now. */
  see(address: string, { words, isTold }: SeenHolder, now: number): void {
    for (const [each, { seen }] of this.#untold) if (now - seen > forgetMs) this.#untold.delete(each);
    const { since } = this.#untold.get(address) ?? { since: now };
    if (isTold) this.#untold.delete(address);
    else this.#untold.set(address, { since, seen: now });
    if (isTold || this.#taken.has(address) || since + endingMs <= now)
      this.#taken.set(address, { holder: words, freeSince: undefined });
  }

  /** Nobody holds it now. Answers whom it is still kept for; undefined: nobody, it may be taken. */
  free(address: string, now: number): Waiting | undefined {
    this.#untold.delete(address);
    const taken = this.#taken.get(address);
    if (taken === undefined) return undefined;
    const { holder, freeSince = now } = taken;
    const leftMs = freeSince + this.freeForMs - now;
    if (leftMs <= 0) this.#taken.delete(address);
    else this.#taken.set(address, { holder, freeSince });
    return leftMs <= 0 ? undefined : { holder, leftMs };
  }
}
