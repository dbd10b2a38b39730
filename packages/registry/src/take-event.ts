import type { Stored, SubscriptionEvent } from "./stored.ts";

/** Brings records by their keys up to what an event tells. */
export function takeEvent(
  records: Map<string, Stored>,
  event: Exclude<SubscriptionEvent, { readonly type: "lost" }>,
): void {
  if (event.type === "listed") {
    records.clear();
    for (const stored of event.listing.stored) records.set(stored.key, stored);
    return;
  }
  for (const change of event.changes) {
    if (change.type === "put") records.set(change.stored.key, change.stored);
    else records.delete(change.key);
  }
}
