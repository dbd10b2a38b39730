import type { EngineEvent } from "../docker/events.ts";
import { isOfHealth } from "../docker/health-events.ts";
import { pauseMs, windowMs } from "./flaps.ts";

/** How long a container is not looked at again because its HEALTHCHECK fails: it is at once the first time. */
const worseGapMs = 1000;

/** When a container was, or is to be, looked at for its health. */
type Looks = { readonly worse: number; readonly better: readonly number[] };

const noLooks: Looks = { worse: -Infinity, better: [] };

/**
 * How long a look at a container waits that its HEALTHCHECK asks for: that may say something else as often as its owner
 * likes, and each look is an inspection. Worse is looked at at once, though once a second; better the later the more often
 * it was within five minutes.
 */
export class HealthLooks {
  readonly #looks = new Map<string, Looks>();

  /** In how many milliseconds the container of an event is to be looked at, which is noted; 0: at once, as for any other event. */
  waitMs(event: Pick<EngineEvent, "containerId" | "what">, nowMs: number): number {
    if (!isOfHealth(event)) return 0;
    const { containerId, what } = event;
    const { worse, better: all } = this.#looks.get(containerId) ?? noLooks;
    const better = all.filter((at) => at + windowMs > nowMs);
    const [last, pause] = what === "unhealthy" ? [worse, worseGapMs] : [better.at(-1), pauseMs(better.length)];
    // One that is to come will see this as well.
    const at = last !== undefined && last > nowMs ? last : Math.max(nowMs, (last ?? -Infinity) + pause);
    const looks =
      what === "unhealthy" ? { worse: at, better } : { worse, better: at === last ? better : [...better, at] };
    this.#looks.set(containerId, looks);
    return at - nowMs;
  }

  /** Forgets containers that the engine has no longer. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#looks.keys()) if (!ids.has(id)) this.#looks.delete(id);
  }
}
