import { Backoff } from "@fairway/loop";
import type { RegistryLog } from "./log.ts";
import { runSession } from "./session.ts";
import type { RegistryClient } from "./registry-client.ts";
import type { SeenWrite, Selector, SubscriptionEvent } from "./stored.ts";
import { jittered } from "@fairway/loop";

/** Options of {@link subscribe}. */
export type SubscribeOptions = {
  readonly client: RegistryClient;
  readonly selectors: readonly Selector[];
  /** The newest write that was seen; each new session asks whether the registry knows it. */
  readonly newest?: (() => SeenWrite | undefined) | undefined;
  readonly onEvent: (event: SubscriptionEvent) => void;
  /** How often to list again although nothing was lost: etcd may drop a delete event around a compaction. */
  readonly relistAfterMs: number;
  /** Hears one line at each loss and one at each return. */
  readonly log?: RegistryLog | undefined;
  readonly signal: AbortSignal;
};

/**
 * Keeps sessions with the registry, one after another, until the signal aborts; tries again after 100 ms to 2 s.
 * Between two `listed` comes at most one `lost`; a registry that is away from the start is `lost` too.
 * `onEvent` must not throw.
 */
export async function subscribe(options: SubscribeOptions): Promise<void> {
  const { client, selectors, newest, relistAfterMs, signal } = options;
  const backoff = new Backoff();
  const onEvent = tellEachLossOnce(options);
  while (!signal.aborted) {
    const startedAt = performance.now();
    const end = await runSession({
      client,
      selectors,
      newest,
      onEvent,
      relistAfterMs: jittered(relistAfterMs),
      signal,
    });
    if (end.why !== "lost") continue;
    onEvent({ type: "lost", reason: end.reason });
    if (performance.now() - startedAt > 10_000) backoff.reset();
    await backoff.pause(signal);
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
    if (event.type === "listed") {
      if (isLost) log?.info({ revision: event.listing.revision.toString() }, "registry is back");
      isLost = false;
    }
    onEvent(event);
  };
}
