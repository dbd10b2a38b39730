import { isExpired, type MissingEndpoint } from "./missing-endpoints.ts";

/** How long HAProxy must have had no server of an orphan: a reload, or a port that is not free now, is no reason. */
const unservedMs = 60_000;

/** Orphans that no listener serves: no check of theirs fails, so that their time alone ends them. Times are ms since 1970. */
export class UnservedOrphans {
  readonly #graceMs: number;
  /** Since when there has been no server, whether or not their grace has passed. */
  readonly #since = new Map<string, number>();

  /** `graceMs`: ORPHAN_GRACE, in milliseconds. */
  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /**
   * Takes in which orphans there are and which endpoints have a server; answers those past their grace that have had none
   * for long. Wants to be told at every look, also of no orphans: what it is not told of it does not forget.
   */
  take(orphans: readonly MissingEndpoint[], served: ReadonlySet<string>, now: number): readonly string[] {
    const unserved = new Map(orphans.filter(({ key }) => !served.has(key)).map((orphan) => [orphan.key, orphan]));
    for (const key of this.#since.keys()) if (!unserved.has(key)) this.#since.delete(key);
    for (const key of unserved.keys()) if (!this.#since.has(key)) this.#since.set(key, now);
    const isOver = ([key, since]: readonly [string, number]) =>
      since + unservedMs <= now && isExpired(unserved.get(key), now, this.#graceMs);
    return [...this.#since].filter(isOver).map(([key]) => key);
  }
}
