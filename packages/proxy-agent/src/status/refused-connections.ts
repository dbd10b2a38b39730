import type { Haproxy, RefusedCount } from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";

/** What {@link RefusedConnections} works with. */
export type RefusedConnectionsOptions = {
  readonly haproxy: Pick<Haproxy, "refused">;
  /** An earlier agent left it: what it had counted before the first look is nothing new. */
  readonly isAdopted: boolean;
  /** How long from one look to the next. (5 s) */
  readonly everyMs?: number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** More sources than this are not named in one line of the log. */
const mostSources = 5;

/**
 * Connections that listeners refused by what ALLOW, DENY, RATE or CONNECTIONS say: counted by listener and reason over
 * all workers, and logged as they come, each reason of a listener once a look. HAProxy itself tells of them nowhere.
 */
export class RefusedConnections {
  readonly #options: RefusedConnectionsOptions;
  readonly #queue: WorkQueue<"look">;
  /** Of all workers so far, by listener and reason. */
  readonly #totals = new Map<string, RefusedCount>();
  /** What the current worker had counted at the last look. */
  #seen: { readonly pid: number; readonly counts: ReadonlyMap<string, number> } | undefined;
  #isAwaited = false;

  constructor(options: RefusedConnectionsOptions) {
    const { log, signal } = options;
    this.#options = options;
    this.#queue = new WorkQueue<"look">({
      work: () => this.#look(),
      onError: (_, error, failures) => {
        if (failures === 1) log.debug({ error: String(error) }, "refused connections not counted now");
      },
      signal,
    });
  }

  /** By listener and reason, as of the last look. */
  get totals(): readonly RefusedCount[] {
    return [...this.#totals.values()];
  }

  /** What HAProxy runs: it is looked at as long as a listener may refuse connections. */
  follow({ listeners }: Desired): void {
    const wasAwaited = this.#isAwaited;
    this.#isAwaited = listeners.some(({ settings }) => settings.lists !== undefined);
    if (!wasAwaited) this.lookNow();
  }

  /** Before a worker goes: the next one counts from the beginning. */
  lookNow(): void {
    if (this.#isAwaited) this.#queue.add("look");
  }

  async #look(): Promise<void> {
    if (this.#isAwaited) this.#queue.addAfter("look", this.#options.everyMs ?? 5000);
    const { pid, counts } = await this.#options.haproxy.refused();
    const before = this.#seen?.pid === pid ? this.#seen.counts : new Map<string, number>();
    const fresh = counts.flatMap((each) => {
      const count = each.count - (before.get(idOf(each)) ?? 0);
      return count > 0 ? [{ ...each, count }] : [];
    });
    const added = fresh.filter(({ source }) => source === undefined);
    for (const each of added) this.#add(each);
    if (this.#seen !== undefined || !this.#options.isAdopted) for (const each of added) this.#tell(each, fresh);
    this.#seen = { pid, counts: new Map(counts.map((each) => [idOf(each), each.count])) };
  }

  #add({ listener, reason, count }: RefusedCount): void {
    const id = idOf({ listener, reason });
    const before = this.#totals.get(id)?.count ?? 0;
    this.#totals.set(id, { listener, reason, count: before + count });
  }

  #tell({ listener, reason, count }: RefusedCount, fresh: readonly RefusedCount[]): void {
    const from = fresh
      .filter((each) => each.source !== undefined && each.listener === listener && each.reason === reason)
      .toSorted((a, b) => b.count - a.count);
    const sources = from.slice(0, mostSources).map(({ source = "", count: ofSource }) => `${source} (${ofSource})`);
    this.#options.log.info({ listener, reason, count, sources }, "connections refused");
  }
}

function idOf({ listener, reason, source = "" }: Omit<RefusedCount, "count">): string {
  return `${listener} ${reason} ${source}`;
}
