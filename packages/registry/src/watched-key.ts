import type { RegistryLog } from "./log.ts";
import type { RegistryClient } from "./registry-client.ts";
import type { Stored, SubscriptionEvent } from "./stored.ts";
import { subscribe } from "./subscription.ts";

/** One key of the registry, as far as it can be known now. */
export type SeenKey =
  | { readonly isKnown: true; readonly stored: Stored | undefined }
  | { readonly isKnown: false; readonly reason: string };

/** Options of {@link watchKey}. */
export type WatchKeyOptions = {
  readonly client: RegistryClient;
  readonly key: string;
  /** Called after each change of what is seen, and after each new listing. */
  readonly onSeen: (seen: SeenKey, event: SubscriptionEvent) => void;
  readonly lookAfterMs?: number | undefined;
  readonly log?: RegistryLog | undefined;
  readonly signal: AbortSignal;
};

/** Follows one key until the signal aborts; while the registry is away the key is not known. */
export async function watchKey({ key, onSeen, ...options }: WatchKeyOptions): Promise<void> {
  const onEvent = (event: SubscriptionEvent) => onSeen(seenAfter(event), event);
  await subscribe({ ...options, selectors: [{ key }], onEvent });
}

function seenAfter(event: SubscriptionEvent): SeenKey {
  if (event.type === "lost") return { isKnown: false, reason: event.reason };
  if (event.type === "listed") return { isKnown: true, stored: event.listing.stored[0] };
  // Sessions of a single key do not compare.
  const last = event.changes.at(-1);
  return { isKnown: true, stored: last?.type === "put" ? last.stored : undefined };
}
