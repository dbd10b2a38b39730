import { Backoff } from "@fairway/loop";
import type { RegistryLog } from "./log.ts";
import { pageKeys } from "./comparison.ts";
import { HeldKeys } from "./held-keys.ts";
import type { RegistryClient } from "./registry-client.ts";
import { runSession } from "./session.ts";
import type { SeenWrite, Selector, SubscriptionEvent } from "./stored.ts";

/** Options of {@link subscribe}. */
export type SubscribeOptions = {
  readonly client: RegistryClient;
  readonly selectors: readonly Selector[];
  /** The newest write that was seen; each new session asks whether the registry knows it. */
  readonly newest?: (() => SeenWrite | undefined) | undefined;
  readonly onEvent: (event: SubscriptionEvent) => void;
  /** How often to look at everything again although nothing was lost. (5 min) */
  readonly lookAfterMs?: number | undefined;
  /** Hears one line at each loss and one at each return. */
  readonly log?: RegistryLog | undefined;
  readonly signal: AbortSignal;
};

/**
 * How often what is held is compared with the registry although nothing was lost: etcd may drop a delete event around a
 * compaction.
 */
const usualLookAfterMs = 5 * 60_000;

/** After answers that did not come in time: etcd may still be at work on what it was asked for. */
const lateTimes = { firstMs: 2000, longestMs: 15_000 };

/**
 * Keeps sessions with the registry, one after another, until the signal aborts; tries again after 100 ms to 2 s, after
 * 2 s to 15 s where it did not answer in time, each more or less by half so that many subscribers do not act at one
 * moment. The first session lists; later ones compare with what was told, without reading it again. Between two of these
 * comes at most one `lost`; a registry that is away from the start is `lost` too. `onEvent` must not throw.
 */
export async function subscribe(options: SubscribeOptions): Promise<void> {
  const { client, selectors, newest, lookAfterMs = usualLookAfterMs, signal } = options;
  const backoffs = { usual: new Backoff(), late: new Backoff(lateTimes) };
  // Single keys are as cheap to read as to compare.
  const held = selectors.some((selector) => "prefix" in selector) ? new HeldKeys(selectors, pageKeys) : undefined;
  const tell = tellEachLossOnce(options);
  const onEvent = (event: SubscriptionEvent) => {
    held?.take(event);
    tell(event);
  };
  while (!signal.aborted) {
    const startedAt = performance.now();
    const end = await runSession({ client, selectors, held, newest, onEvent, lookAfterMs, signal });
    if (end.why !== "lost") continue;
    onEvent({ type: "lost", reason: end.reason });
    if (performance.now() - startedAt > 10_000 && !end.isLate) for (const each of Object.values(backoffs)) each.reset();
    await (end.isLate ? backoffs.late : backoffs.usual).pause(signal);
  }
}

function tellEachLossOnce({ onEvent, log }: SubscribeOptions): (event: SubscriptionEvent) => void {
  let isLost = false;
  return (event) => {
    if (event.type === "lost") {
      if (isLost) return;
      isLost = true;
      log?.warn({ reason: event.reason }, "registry lost");
    }
    if (event.type === "listed" || event.type === "compared") {
      const { revision } = event.type === "listed" ? event.listing : event;
      if (isLost) log?.info({ revision: revision.toString() }, "registry is back");
      isLost = false;
    }
    onEvent(event);
  };
}
