/** How long HAProxy must have had no server of an orphan: a reload, or a port that is not free now, is no reason. */
const unservedMs = 60_000;

/** Orphans that no listener serves: no check of theirs fails, so that their time alone ends them. Times are ms since 1970. */
export class UnservedOrphans {
  /** Since when there has been no server. */
  readonly #since = new Map<string, number>();

  /** Takes in which orphans there are and which endpoints have a server; answers those that have had none for long. */
  take(orphans: ReadonlySet<string>, served: ReadonlySet<string>, now: number): readonly string[] {
    for (const key of this.#since.keys()) if (!orphans.has(key) || served.has(key)) this.#since.delete(key);
    for (const key of orphans) if (!served.has(key) && !this.#since.has(key)) this.#since.set(key, now);
    return [...this.#since].filter(([, since]) => since + unservedMs <= now).map(([key]) => key);
  }
}
