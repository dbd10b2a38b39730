import { setTimeout as delay } from "node:timers/promises";
import { portOfFront } from "@fairway/contract";
import { refuses, type Haproxy, type HeldRefused, type RefusedCount } from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";

/** What {@link RefusedConnections} works with. */
export type RefusedConnectionsOptions = {
  readonly haproxy: Pick<Haproxy, "refused" | "holdRefused">;
  /** An earlier agent left it: what it had counted before the first look is nothing new. */
  readonly isAdopted: boolean;
  /** How long from one look to the next. (5 s) */
  readonly everyMs?: number;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** In ms, of a clock that only goes forward. (performance.now) */
  readonly now?: () => number;
};

/** More sources than this are not named in one line of the log. */
const mostSources = 5;
/** Beyond so many totals a name's connections count as its port's: strangers choose the names. */
const mostTotals = 1000;
/** How long what a worker has counted is kept after HAProxy last told of it: longer than a row lasts there. */
const forgetAfterMs = 900_000;
/** How often refused connections are looked at. */
const lookEveryMs = 5000;
/** How often a worker that ends is looked at until it says that it stops. */
const lastLookEveryMs = 20;
const mostLastLooks = 100;

/**
 * Connections that listeners refused by what ALLOW, DENY, RATE or CONNECTIONS say, or as too many waited: counted by
 * listener and reason over all workers, and logged as they come, each reason of a listener once a look. HAProxy itself tells of them nowhere.
 */
export class RefusedConnections {
  readonly #options: RefusedConnectionsOptions;
  readonly #queue: WorkQueue<"look">;
  /** Of all workers so far, by listener and reason: see {@link mostTotals}. */
  readonly #totals = new Map<string, RefusedCount>();
  /** What each worker had counted by listener, reason and span of time when it last told, and when that was. */
  readonly #seen = new Map<string, { readonly count: number; readonly at: number }>();
  /** What the current worker had counted by source, of late. */
  #sources: { readonly pid: number; readonly counts: ReadonlyMap<string, number> } | undefined;
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
    this.#isAwaited = listeners.some(refuses);
    if (!wasAwaited) this.lookNow();
  }

  /**
   * Before a reload: holds the worker, which then can tell what it refused up to its last connection; the next one counts
   * from the beginning. What it answers wants to be called after the reload. Never rejects.
   */
  async holdOver(): Promise<(isDone: boolean) => void> {
    if (!this.#isAwaited) return () => undefined;
    this.lookNow();
    const held = await this.#options.haproxy.holdRefused().catch(() => undefined);
    return (isDone) => void (held && this.#lookLast(held, isDone));
  }

  /** Soon: the totals are those of the last look. */
  lookNow(): void {
    if (this.#isAwaited) this.#queue.add("look");
  }

  async #look(): Promise<void> {
    if (this.#isAwaited) this.#queue.addAfter("look", this.#options.everyMs ?? lookEveryMs);
    const { pid, counts } = await this.#options.haproxy.refused();
    const sources = counts.filter(({ source }) => source !== undefined);
    const before = this.#sources?.pid === pid ? this.#sources.counts : new Map<string, number>();
    const isFirst = this.#sources === undefined;
    this.#sources = { pid, counts: new Map(sources.map((each) => [idOf(each), each.count])) };
    this.#take(counts, { from: beyond(sources, before), isTold: !isFirst || !this.#options.isAdopted });
  }

  /** A worker that is asked to stop may still take some connections until it does. */
  async #lookLast(held: HeldRefused, isDone: boolean): Promise<void> {
    try {
      for (let tries = isDone ? mostLastLooks : 0; tries > 0; tries -= 1) {
        const { isStopping, counts } = await held.read();
        this.#take(counts, { from: [], isTold: true });
        if (isStopping) break;
        await delay(lastLookEveryMs);
      }
    } catch (error) {
      this.#options.log.debug({ error: String(error) }, "refused connections of an ended worker not counted");
    } finally {
      held.close();
    }
  }

  /** What a worker counts only grows: of two answers that overtake each other none counts twice. */
  #take(counts: readonly RefusedCount[], { from, isTold }: Taken): void {
    const fresh: RefusedCount[] = [];
    const at = (this.#options.now ?? (() => performance.now()))();
    for (const each of counts.filter(({ source }) => source === undefined)) {
      const id = idOf(each);
      const before = this.#seen.get(id)?.count ?? 0;
      this.#seen.set(id, { count: Math.max(before, each.count), at });
      if (each.count > before) fresh.push({ ...each, count: each.count - before });
    }
    for (const [id, { at: last }] of this.#seen) if (at - last > forgetAfterMs) this.#seen.delete(id);
    for (const each of fresh) {
      this.#add(each);
      if (isTold) this.#tell(each, from);
    }
  }

  /** How many rows of HAProxy's are kept in mind. */
  get remembered(): number {
    return this.#seen.size;
  }

  #add({ listener, reason, count }: RefusedCount): void {
    const isRoom = this.#totals.size < mostTotals || this.#totals.has(`${listener} ${reason}`);
    const counted = isRoom ? listener : portOfFront(listener);
    const id = `${counted} ${reason}`;
    const before = this.#totals.get(id)?.count ?? 0;
    this.#totals.set(id, { listener: counted, reason, count: before + count });
  }

  #tell({ listener, reason, count }: RefusedCount, fresh: readonly RefusedCount[]): void {
    const from = fresh
      .filter((each) => each.source !== undefined && each.listener === listener && each.reason === reason)
      .toSorted((a, b) => b.count - a.count);
    const sources = from.slice(0, mostSources).map(({ source = "", count: ofSource }) => `${source} (${ofSource})`);
    this.#options.log.info({ listener, reason, count, sources }, "connections refused");
  }
}

type Taken = { readonly from: readonly RefusedCount[]; readonly isTold: boolean };

/** What is counted beyond what was before. */
function beyond(counts: readonly RefusedCount[], before: ReadonlyMap<string, number>): readonly RefusedCount[] {
  return counts.flatMap((each) => {
    const count = each.count - (before.get(idOf(each)) ?? 0);
    return count > 0 ? [{ ...each, count }] : [];
  });
}

function idOf({ listener, reason, source = "", worker = "" }: Omit<RefusedCount, "count">): string {
  return `${listener} ${reason} ${source} ${worker}`;
}
