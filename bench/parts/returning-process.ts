import { setMaxListeners } from "node:events";
import { type Change, subscribe, type SubscriptionEvent } from "@fairway/registry";
import { everything } from "./crowd-in-registry.ts";
import type { Returned, ReturningFacts } from "./returning.ts";
import { epochMs } from "./served.ts";
import { openAt } from "./simulated-registrars.ts";

/** The process behind `startReturning`: facts as its argument; a line when all have listed, one when all are back. */

const { etcd, count, written, value, deleted } = JSON.parse(process.argv[2] ?? "") as ReturningFacts;
const signal = new AbortController().signal;
setMaxListeners(0, signal);
const begin = performance.now();
const mostMs = 120_000;
let removed = 0;
let lists = -count;
let listed = 0;
let exact = 0;

/** What one subscription has still to tell. */
class Awaited {
  readonly #keys = new Set([...written, ...deleted]);
  #isListed = false;
  #isExact = false;

  take(event: SubscriptionEvent): void {
    if (event.type === "lost") return;
    if (event.type === "listed") this.#takeListing(event.listing.stored);
    else event.changes.forEach((change) => this.#takeChange(change));
    if (this.#keys.size > 0 || this.#isExact) return;
    this.#isExact = true;
    exact += 1;
    if (exact === count) conclude();
  }

  #takeListing(stored: readonly { readonly key: string; readonly value: string }[]): void {
    lists += 1;
    if (!this.#isListed) onListed();
    else for (const each of stored) if (each.value === value) this.#keys.delete(each.key);
    if (this.#isListed) for (const key of deleted) if (!stored.some((each) => each.key === key)) this.#keys.delete(key);
    this.#isListed = true;
  }

  #takeChange(change: Change): void {
    const key = change.type === "put" ? change.stored.key : change.key;
    if (change.type === "delete" && !deleted.includes(key)) removed += 1;
    if (change.type === "delete" || change.stored.value === value) this.#keys.delete(key);
  }
}

function onListed(): void {
  listed += 1;
  if (listed < count) return;
  console.log(JSON.stringify({ listedMs: performance.now() - begin }));
}

function conclude(): void {
  const result: Returned = { exactAtMs: epochMs(), removed, lists, late: count - exact };
  console.log(JSON.stringify(result));
}

setTimeout(conclude, mostMs + performance.now()).unref();
await Promise.all(
  Array.from({ length: count }, () => {
    const awaited = new Awaited();
    const onEvent = (event: SubscriptionEvent) => awaited.take(event);
    return subscribe({ client: openAt(etcd), selectors: everything, onEvent, lookAfterMs: 3_600_000, signal });
  }),
);
