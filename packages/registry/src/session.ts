import type { RegistryClient } from "./registry-client.ts";
import type { Change, SeenWrite, Selector, SubscriptionEvent } from "./stored.ts";
import { reasonOf } from "@fairway/contract";
import { unlessAborted } from "@fairway/loop";

/** Why a session is over. */
export type SessionEnd =
  /** The registry went away, refused, or compacted its history. */
  | { readonly why: "lost"; readonly reason: string }
  /** It was time to list again. */
  | { readonly why: "relist" }
  | { readonly why: "aborted" };

/** Options of a session. */
export type SessionOptions = {
  readonly client: RegistryClient;
  readonly selectors: readonly Selector[];
  /** The newest write that was seen in earlier sessions; without one it is not asked whether the registry knows it. */
  readonly newest?: (() => SeenWrite | undefined) | undefined;
  /** Hears `listed` once the watch stands, then `changed` only. */
  readonly onEvent: (event: SubscriptionEvent) => void;
  /** When to end so that the next session lists again. */
  readonly relistAfterMs: number;
  readonly signal: AbortSignal;
};

/**
 * One session: one list, and one watch from the next revision on. Ends for good at any disconnect, error or
 * compaction; never hangs, never rejects.
 */
export async function runSession(options: SessionOptions): Promise<SessionEnd> {
  const { client, selectors, signal } = options;
  if (signal.aborted) return { why: "aborted" };
  try {
    const seen = options.newest?.();
    // Before the list, as early as can be: a history is compacted, and a restored one may write that key there again.
    const isKnown = seen && (await unlessAborted(client.wasWritten(seen.key, seen.modRevision), signal));
    const listing = await unlessAborted(client.list(selectors), signal);
    if (listing === undefined) return { why: "aborted" };
    return await follow(options, { type: "listed", listing, hasForgotten: isKnown === false });
  } catch (error) {
    return { why: "lost", reason: reasonOf(error) };
  }
}

type Listed = Extract<SubscriptionEvent, { type: "listed" }>;

async function follow(options: SessionOptions, listed: Listed): Promise<SessionEnd> {
  const { client, selectors, onEvent, relistAfterMs, signal } = options;
  return new Promise((resolve) => {
    const finish = (end: SessionEnd) => {
      signal.removeEventListener("abort", onAbort);
      clearTimeout(timer);
      stopWatch();
      resolve(end);
    };
    const onAbort = () => finish({ why: "aborted" });
    const timer = setTimeout(() => finish({ why: "relist" }), relistAfterMs);
    const onEnd = (reason: string) => finish({ why: "lost", reason });
    const handlers = { ...afterListed(listed, onEvent), onEnd };
    const stopWatch = client.watch(selectors, listed.listing.revision + 1n, handlers);
    signal.addEventListener("abort", onAbort);
  });
}

/** Keeps back what one selector's watch tells before all stand, so that `listed` always comes first. */
function afterListed(listed: Listed, onEvent: (event: SubscriptionEvent) => void) {
  let early: SubscriptionEvent[] | undefined = [];
  return {
    onOpen: () => {
      const events = [listed, ...(early ?? [])];
      early = undefined;
      events.forEach(onEvent);
    },
    onChanges: (revision: bigint, changes: readonly Change[]) => {
      const event: SubscriptionEvent = { type: "changed", revision, changes };
      if (early === undefined) onEvent(event);
      else early.push(event);
    },
  };
}
