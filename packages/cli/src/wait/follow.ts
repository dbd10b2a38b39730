import {
  type RegistryClient,
  type Selector,
  type Stored,
  subscribe,
  type SubscriptionEvent,
  takeEvent,
} from "@fairway/registry";
import type { WaitVerdict } from "./goal.ts";
import { WaitKey } from "./wait-key.ts";

/** Options of {@link followUntil}. */
export type WaitOptions<V extends WaitVerdict> = {
  readonly client: RegistryClient;
  readonly selectors: readonly Selector[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly judge: (stored: readonly Stored[]) => V;
};

/** How it stood in the end; `verdict` is undefined where the registry never answered, and `lost` says why. */
export type Followed<V extends WaitVerdict = WaitVerdict> = {
  readonly verdict: V | undefined;
  readonly lost: string | undefined;
  /** Why proxies were not asked to tell at once; undefined: they were, where it was needed. */
  readonly unasked: string | undefined;
};

/**
 * Follows a part of the registry until what is waited for is so, the time is over, or the signal aborts. Proxies that have
 * not told yet what they have applied are asked to, by a key that is gone in the end.
 */
export async function followUntil<V extends WaitVerdict>({
  client,
  selectors,
  timeoutMs,
  signal,
  judge,
}: WaitOptions<V>): Promise<Followed<V>> {
  const records = new Map<string, Stored>();
  const reached = new AbortController();
  let verdict: V | undefined;
  let lost: string | undefined;
  const key = new WaitKey(client, timeoutMs);
  const onEvent = (event: SubscriptionEvent) => {
    if (event.type === "lost") lost = event.reason;
    if (event.type === "lost" || reached.signal.aborted) return;
    takeEvent(records, event);
    verdict = judge([...records.values()]);
    if (verdict.isReached) reached.abort();
    else if (verdict.awaited !== undefined) key.ask(verdict.awaited);
  };
  const end = AbortSignal.any([signal, reached.signal, AbortSignal.timeout(timeoutMs)]);
  await subscribe({ client, selectors, onEvent, signal: end });
  await key.remove();
  return { verdict, lost, unasked: key.refusal };
}
