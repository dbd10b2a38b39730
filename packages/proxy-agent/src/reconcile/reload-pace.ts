/** Something that asks for reloads: a project that brings new listeners, or the end of empty ones. */
export type Cause = string;

/** The end of listeners that have long been empty: nobody waits for it. */
export const cleaning: Cause = "";

/** A paced reload. */
type Paced = { readonly at: number; readonly causes: ReadonlySet<Cause> };

/** So many reloads of one project, or of all, come at once. */
const [freeOfOne, freeOfAll] = [4, 14];

/** Each later pause is so many times the one before. */
const [growthOfOne, growthOfAll] = [4, 2];

/** Units of the first pause in a window, so that one project has at most 13 reloads in it, and all together 22. */
const [unitsOfOne, unitsOfAll] = [(4 ** 9 - 1) / 3, 2 ** 8 - 1];

/** Empty listeners end with reloads of others when there have been so many. */
const freeWhileCleaning = 8;

/** How long reloads for new listeners count where RELOAD_TIMEOUT says nothing. */
export const usualWindowMs = 6 * 3_600_000;

/** How long no connection is cut by what strangers ask for: as RELOAD_TIMEOUT says, up to a day; 6 h where it says nothing. */
export function pacedWindowMs(reloadTimeoutS: number): number {
  if (reloadTimeoutS === 0) return usualWindowMs;
  return Math.min(Math.max(reloadTimeoutS, 0) * 1000, 24 * 3_600_000);
}

/**
 * How long a reload for new listeners waits for others, so that old workers, each with connections, do not pile up to
 * the number at which the oldest is ended. A reload counts as long as its old worker may have connections: while few
 * workers live, nothing waits.
 *
 * 1. The first four reloads of a project in a window come at once; later ones with pauses that grow fourfold. Others do
 *    not wait for it.
 * 2. The first fourteen of all come at once; later ones with pauses that double.
 * 3. So there are at most 22 in a window, and the last three of the 25 old workers are left to the proxy's operator.
 *
 * Times are ms of one clock.
 */
export class ReloadPace {
  readonly #windowMs: number;
  #paced: readonly Paced[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** How long a reload for this waits, while so many old workers live; 0: it does not. */
  waitMs(cause: Cause, oldWorkers: number, now: number): number {
    const all = this.#recent(now);
    const own = all.filter(({ causes }) => causes.has(cause));
    const [levelOfOne, levelOfAll] = [own, all].map(({ length }) => Math.min(length, oldWorkers)) as [number, number];
    if (cause === cleaning && levelOfAll >= freeWhileCleaning) return this.#windowMs;
    const pauseOfOne = (this.#windowMs / unitsOfOne) * growth(levelOfOne - freeOfOne, growthOfOne);
    const pauseOfAll = (this.#windowMs / unitsOfAll) * growth(levelOfAll - freeOfAll, growthOfAll);
    return Math.max(0, restOf(own, pauseOfOne, now), restOf(all, pauseOfAll, now));
  }

  /** A reload came for these. */
  onReload(causes: readonly Cause[], now: number): void {
    this.#paced = [...this.#recent(now), { at: now, causes: new Set(causes) }];
  }

  #recent(now: number): readonly Paced[] {
    return this.#paced.filter(({ at }) => now - at < this.#windowMs);
  }
}

function growth(steps: number, factor: number): number {
  return steps < 0 ? 0 : factor ** steps;
}

function restOf(paced: readonly Paced[], pauseMs: number, now: number): number {
  return pauseMs === 0 ? 0 : (paced.at(-1)?.at ?? -Infinity) + pauseMs - now;
}
