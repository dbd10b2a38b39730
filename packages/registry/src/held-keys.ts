import { byBytes, spanOf } from "./key-order.ts";
import type { Change, KeySpan, Listing, SeenWrite, Selector, SubscriptionEvent } from "./stored.ts";

/** A span and what is held of it: keys, each with the revision at which it got its value. */
export type HeldPage = KeySpan & { readonly keys: Map<string, bigint> };

/** A change that can be taken back: what was held of a key before. */
type Undo = { readonly key: string; readonly before: bigint | undefined; readonly at: bigint };

/**
 * The keys that a subscription has told of, without their values, in pages of some hundreds: enough to find out what
 * differs from the registry. One change costs what it costs alone.
 */
export class HeldKeys {
  readonly #spans: readonly KeySpan[];
  readonly #pageKeys: number;
  #pages: HeldPage[] = [];
  #comparedAt: bigint | undefined;
  /** Undefined: to be found anew. */
  #newest: SeenWrite | undefined;
  /** Changes since a comparison began; undefined: there is none. */
  #undo: Undo[] | undefined;

  constructor(selectors: readonly Selector[], pageKeys: number) {
    this.#spans = selectors.map(spanOf).sort((a, b) => byBytes(a.from, b.from));
    this.#pageKeys = pageKeys;
  }

  /** The revision at which it was last known to be what the registry has; undefined: nothing was listed yet. */
  get comparedAt(): bigint | undefined {
    return this.#comparedAt;
  }

  /** The newest write that is held. */
  newest(): SeenWrite | undefined {
    this.#newest ??= newestOf(this.#pages.map(({ keys }) => newestOf(writesOf(keys))));
    return this.#newest;
  }

  /** Takes in what was told. */
  take(event: SubscriptionEvent): void {
    if (event.type === "listed") this.#takeListing(event.listing);
    if (event.type === "changed" || event.type === "compared") event.changes.forEach((change) => this.#take(change));
    if (event.type === "compared") this.#comparedAt = event.revision;
  }

  /** The pages as they are now; they stay so until {@link endComparison}, though not what is in them. */
  beginComparison(): readonly HeldPage[] {
    this.#pages = this.#pages.flatMap((page) => {
      if (page.keys.size <= 2 * this.#pageKeys) return [page];
      const writes = Array.from(page.keys, ([key, modRevision]) => ({ key, modRevision }));
      return this.#cut(
        page,
        writes.sort((a, b) => byBytes(a.key, b.key)),
      );
    });
    this.#undo = [];
    return this.#pages;
  }

  endComparison(): void {
    this.#undo = undefined;
  }

  /** What was held of a page at a revision since the comparison began. */
  heldAt({ keys, from, to }: HeldPage, revision: bigint): ReadonlyMap<string, bigint> {
    const later = (this.#undo ?? []).filter(({ at, key }) => at > revision && isWithin(key, { from, to }));
    if (later.length === 0) return keys;
    const then = new Map(keys);
    for (const { key, before } of later.toReversed()) {
      if (before === undefined) then.delete(key);
      else then.set(key, before);
    }
    return then;
  }

  #takeListing({ revision, stored }: Listing): void {
    this.#pages = this.#pagesFor(stored);
    this.#comparedAt = revision;
    this.#newest = newestOf(stored);
  }

  #take(change: Change): void {
    const { key, modRevision } = change.type === "put" ? change.stored : change;
    const keys = this.#pageOf(key)?.keys;
    if (keys === undefined) return;
    this.#undo?.push({ key, before: keys.get(key), at: modRevision });
    if (change.type === "put") keys.set(key, modRevision);
    else keys.delete(key);
    if (change.type === "put" && modRevision >= (this.#newest?.modRevision ?? 0n))
      this.#newest = seenWrite(change.stored);
    else if (key === this.#newest?.key) this.#newest = undefined;
  }

  /** The last page that begins at or before a key. */
  #pageOf(key: string): HeldPage | undefined {
    let [low, high] = [0, this.#pages.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (byBytes(this.#pages[middle]?.from ?? "", key) <= 0) low = middle + 1;
      else high = middle;
    }
    const page = this.#pages[low - 1];
    return page && isWithin(key, page) ? page : undefined;
  }

  /** A list comes in order, selector by selector: sorting it is one pass. */
  #pagesFor(stored: readonly SeenWrite[]): HeldPage[] {
    const sorted = stored.toSorted((a, b) => byBytes(a.key, b.key));
    let begin = 0;
    return this.#spans.flatMap((span) => {
      let end = begin;
      for (let next = sorted[end]; next !== undefined && byBytes(next.key, span.to) < 0; next = sorted[end]) end += 1;
      const within = sorted.slice(begin, end);
      begin = end;
      return this.#cut(span, within);
    });
  }

  #cut({ from, to }: KeySpan, writes: readonly SeenWrite[]): HeldPage[] {
    const count = Math.max(1, Math.ceil(writes.length / this.#pageKeys));
    return Array.from({ length: count }, (_, at) => {
      const part = writes.slice(at * this.#pageKeys, (at + 1) * this.#pageKeys);
      const next = writes[(at + 1) * this.#pageKeys]?.key;
      const begin = at === 0 ? from : (part[0]?.key ?? from);
      return { from: begin, to: next ?? to, keys: new Map(part.map(({ key, modRevision }) => [key, modRevision])) };
    });
  }
}

function writesOf(keys: ReadonlyMap<string, bigint>): SeenWrite[] {
  return Array.from(keys, ([key, modRevision]) => ({ key, modRevision }));
}

function newestOf(writes: readonly (SeenWrite | undefined)[]): SeenWrite | undefined {
  let newest: SeenWrite | undefined;
  for (const write of writes) if (write && write.modRevision > (newest?.modRevision ?? 0n)) newest = write;
  return newest && seenWrite(newest);
}

function seenWrite({ key, modRevision, lease }: SeenWrite): SeenWrite {
  return { key, modRevision, lease };
}

function isWithin(key: string, { from, to }: KeySpan): boolean {
  return byBytes(from, key) <= 0 && byBytes(key, to) < 0;
}
