import { endpointsPrefix, proxiesPrefix } from "@fairway/contract";
import { type Change, type Listing, type Stored, type SubscriptionEvent, withoutRevisions } from "@fairway/registry";
import { recordChange, remember, type Remembered } from "./difference.ts";
import type { UnwrittenLine } from "./journal-line.ts";
import { isKept, readRecord, storedOf, type KeptRecord } from "./kept-record.ts";
import type { JournalState } from "./replay.ts";

/** A record that was written or deleted, and when this proxy saw and applied it, ms of `performance.now()`. */
type SeenChange = {
  readonly key: string;
  readonly stored: Stored | undefined;
  readonly revision: bigint;
  readonly seenAt: number;
  /** By the clock, ms since 1970. */
  readonly seenMs: number;
  /** The watch told of it as it happened. */
  readonly isFresh: boolean;
  appliedAt: number | undefined;
};

/** How long a change is held that is to tell how long its application took. */
const applicationMs = 5000;
/** How long an application may have taken that is told: more is a clock that differs. */
const longestToldMs = 3_600_000;

/** Which changes are told now: those of a listing alone; also those that HAProxy was brought to, or not in time; all. */
export type Due = "listed" | "applied" | "all";

/** Characters of changes that are held: beyond it, of each record the last one alone. */
const mostHeld = 4 * 1024 ** 2;

/** Which of an endpoint's keys, or of its front ports (`port_6379`), are refused now. */
export type IsRefused = (key: string) => boolean;

/**
 * Records of the registry as they come, change and go: each change is told once, with how long it took until HAProxy was
 * brought to it. What is remembered of a record is some hundred bytes.
 */
export class SeenRecords {
  readonly #known = new Map<string, Remembered & { readonly revision: string }>();
  #seen: SeenChange[] = [];
  /** Characters of changes that are held, about; beyond `#mostHeld` there is something to leave out. */
  #held = 0;
  #mostHeld = mostHeld;
  #applied = -1n;
  #isListed = false;
  /** The last listing from before it is known what an earlier agent told; undefined: there was none, or that is known. */
  #early: { readonly listing: Listing; readonly hasForgotten: boolean } | undefined;
  #isRestored = false;

  /** True once the registry was listed. */
  get isListed(): boolean {
    return this.#isListed;
  }

  /** Takes in what an earlier agent told last. */
  restore({ records }: JournalState): void {
    for (const [key, { record, revision = "" }] of records) {
      const kept = readRecord(withoutRevisions(storedOf(key, record, "")));
      if (kept) this.#known.set(key, { ...remember(kept), revision });
    }
    this.#isRestored = true;
    if (this.#early === undefined) return;
    const [{ listing, hasForgotten }, after] = [this.#early, this.#seen];
    this.#early = undefined;
    this.#hold([]);
    this.#seeListing(listing, hasForgotten);
    this.#hold([...this.#seen, ...after]);
  }

  /** Takes in an event of the subscription. */
  onEvent(event: SubscriptionEvent): void {
    if (event.type === "lost") return;
    if (event.type !== "listed") return event.changes.forEach((each) => this.#see(each, event.type === "changed"));
    this.#isListed = true;
    const hasForgotten = event.hasForgotten === true || this.#early?.hasForgotten === true;
    if (this.#isRestored) return this.#seeListing(event.listing, hasForgotten);
    this.#early = { listing: event.listing, hasForgotten };
    this.#hold([]);
  }

  #seeListing({ revision, stored }: Listing, hasForgotten: boolean): void {
    // The same revision may be that of another value.
    if (hasForgotten) for (const [key, each] of this.#known) this.#known.set(key, { ...each, revision: "" });
    const listed = new Set(stored.map(({ key }) => key));
    const held = new Map(this.#seen.map((each) => [each.key, each]));
    const before = [...new Set([...this.#known.keys(), ...held.keys()])].filter((key) => {
      const last = held.get(key);
      return last === undefined || last.stored !== undefined;
    });
    // What is held from before is of the past, as the listing is: it is told in the same order.
    this.#seen = this.#seen.map((each) => ({ ...each, isFresh: false }));
    for (const each of stored) {
      const isSame = !hasForgotten && held.get(each.key)?.revision === each.modRevision;
      if (!isSame) this.#see({ type: "put", stored: each }, false);
    }
    // The proxy's own record is not of its subscription.
    const gone = before.filter((key) => !listed.has(key) && !key.startsWith(proxiesPrefix));
    for (const key of gone) this.#see({ type: "delete", key, modRevision: revision }, false);
  }

  /** HAProxy was brought to the registry as it was at a revision. */
  onApplied(revision: bigint): void {
    const now = performance.now();
    this.#applied = revision;
    for (const each of this.#seen) if (each.revision <= revision) each.appliedAt ??= now;
  }

  /** Takes at most so many changes that are due, in order, as lines; undefined: none is. */
  take(most: number, isRefused: IsRefused, which: Due = "applied"): readonly UnwrittenLine[] | undefined {
    const now = performance.now();
    const due = this.#seen.filter((each) => isDue(each, which, now)).slice(0, most);
    if (due.length === 0) return undefined;
    const taken = new Set(due);
    this.#hold(this.#seen.filter((each) => !taken.has(each)));
    return due.flatMap((each) => this.#tell(each, isRefused) ?? []);
  }

  /** True while changes are held. */
  get isWaiting(): boolean {
    return this.#seen.length > 0;
  }

  /** The name of an endpoint's container, safe to show. */
  nameOf(key: string): string | null {
    return this.#known.get(key)?.whose.containerName ?? null;
  }

  /** Takes in the proxy's own record, which is not of the subscription. */
  seeOwn(key: string, value: string): void {
    this.#see({ type: "put", stored: { ...withoutRevisions({ key, value }), modRevision: BigInt(Date.now()) } }, false);
  }

  #see(change: Change, isFresh: boolean): void {
    const { key, modRevision: revision } = change.type === "put" ? change.stored : change;
    const stored = change.type === "put" ? change.stored : undefined;
    if (!isKept(key) || (stored && this.#known.get(key)?.revision === String(revision))) return;
    const [seenAt, seenMs] = [performance.now(), Date.now()];
    this.#seen.push({
      key,
      stored,
      revision,
      seenAt,
      seenMs,
      isFresh,
      appliedAt: revision <= this.#applied ? seenAt : undefined,
    });
    this.#held += lengthOf(stored);
    if (this.#held > this.#mostHeld) this.#hold(lastOfEach(this.#seen, this.#isKnown()));
  }

  #isKnown(): (key: string) => boolean {
    const listed = new Set(this.#early?.listing.stored.map(({ key }) => key));
    return (key) => listed.has(key) || this.#known.has(key);
  }

  #hold(seen: SeenChange[]): void {
    this.#seen = seen;
    this.#held = seen.reduce((sum, { stored }) => sum + lengthOf(stored), 0);
    this.#mostHeld = Math.max(mostHeld, 2 * this.#held);
  }

  #tell(change: SeenChange, isRefused: IsRefused): UnwrittenLine | undefined {
    const { key, stored, seenMs } = change;
    const record = stored && readRecord(stored);
    // What was known stays where a record cannot be read.
    if (stored && !record) return undefined;
    const told = recordChange(key, this.#known.get(key), record);
    const revision = String(change.revision);
    if (record) this.#known.set(key, { ...remember(record), revision });
    else this.#known.delete(key);
    if (told === undefined) return undefined;
    const { whose, ...what } = told;
    const times = timesOf(change, record, isRefused);
    const entry = { ...what, time: new Date(seenMs).toISOString(), ...whose, key, ...times };
    return { entry, ...(record && { revision, record: record.record }) };
  }
}

/** Of a change beside its value. */
const overhead = 200;

function lengthOf(stored: Stored | undefined): number {
  return overhead + (stored?.value.length ?? 0);
}

/** Of each record the last change up to the last listing, and the last since; nothing of one that came and went. */
function lastOfEach(seen: readonly SeenChange[], isKnown: (key: string) => boolean): SeenChange[] {
  const last = new Map(seen.map((each) => [`${each.isFresh} ${each.key}`, each]));
  const wasThere = ({ key, isFresh }: SeenChange) =>
    isKnown(key) || (isFresh && last.get(`false ${key}`)?.stored !== undefined);
  return seen.filter(
    (each) => last.get(`${each.isFresh} ${each.key}`) === each && (each.stored !== undefined || wasThere(each)),
  );
}

function isDue({ key, appliedAt, seenAt, isFresh }: SeenChange, which: Due, now: number): boolean {
  if (which !== "applied") return which === "all" || !isFresh;
  return appliedAt !== undefined || !key.startsWith(endpointsPrefix) || now - seenAt > applicationMs;
}

/** A ready endpoint has its traffic from then on, one that is not any more is out of it; what starts has none yet. */
function timesOf(change: SeenChange, record: KeptRecord | undefined, isRefused: IsRefused) {
  const { key, appliedAt, seenAt, seenMs, isFresh } = change;
  const isServed = record === undefined || (record.record["state"] !== "starting" && !frontsOf(record).some(isRefused));
  if (appliedAt === undefined || !isFresh || !key.startsWith(endpointsPrefix) || isRefused(key) || !isServed)
    return { tookMs: null, appliedMs: null };
  const appliedMs = Math.round(appliedAt - seenAt);
  const tookMs = Math.round(seenMs + appliedMs - (record?.reportedMs ?? Number.NaN));
  return { tookMs: tookMs >= 0 && tookMs <= longestToldMs ? tookMs : null, appliedMs };
}

function frontsOf({ record: { listen = [], named = [] } }: KeptRecord): readonly string[] {
  const ports = [listen, named].flatMap((each) => (Array.isArray(each) ? (each as { port: number }[]) : []));
  return ports.map(({ port }) => `port_${port}`);
}
