import { addAbortListener } from "node:events";
import { reasonOf } from "@fairway/contract";
import { jittered, unlessAborted, WorkQueue } from "@fairway/loop";
import { compare, proveSame } from "./comparison.ts";
import type { HeldKeys } from "./held-keys.ts";
import { beginAgainIfCompacted, LateAnswer, type RegistryClient } from "./registry-client.ts";
import type { Change, SeenWrite, Selector, SubscriptionEvent } from "./stored.ts";

/** Pauses of a look that fails, as with a registry that has too much to do. */
const lookRetry = { firstMs: 10_000, longestMs: 120_000 };

/** Why a session is over. */
export type SessionEnd =
  /** The registry went away, refused, or compacted its history. */
  | { readonly why: "lost"; readonly reason: string; /** It did not answer in time. */ readonly isLate: boolean }
  /** What is held is to be compared or listed again. */
  | { readonly why: "relist" }
  | { readonly why: "aborted" };

/** Options of a session. */
export type SessionOptions = {
  readonly client: RegistryClient;
  readonly selectors: readonly Selector[];
  /** The keys that were told of in earlier sessions; undefined: every session lists. */
  readonly held: HeldKeys | undefined;
  /** The newest write that was seen before; without one it is not asked whether the registry knows it. */
  readonly newest?: (() => SeenWrite | undefined) | undefined;
  /** Hears `listed` or `compared` once the watch stands, then `changed`, and `compared` at each look. */
  readonly onEvent: (event: SubscriptionEvent) => void;
  /** When to look at everything again. */
  readonly lookAfterMs: number;
  readonly signal: AbortSignal;
};

/**
 * One session: one list, or a comparison with what earlier ones told, and one watch from the next revision on. Ends for
 * good at any disconnect, error or compaction; never hangs, never rejects.
 */
export async function runSession(options: SessionOptions): Promise<SessionEnd> {
  const { signal } = options;
  if (signal.aborted) return { why: "aborted" };
  try {
    const begun = await unlessAborted(begin(options), signal);
    if (begun === undefined) return { why: "aborted" };
    return await follow(options, begun);
  } catch (error) {
    return { why: "lost", reason: reasonOf(error), isLate: error instanceof LateAnswer };
  }
}

type Begun = Extract<SubscriptionEvent, { type: "listed" | "compared" }>;

async function begin({ client, selectors, held, newest }: SessionOptions): Promise<Begun> {
  const seen = held?.newest() ?? newest?.();
  // Before the list, as early as can be: a history is compacted, and a restored one may write that key there again.
  const isKnown = seen && (await client.wasWritten(seen));
  const hasForgotten = isKnown === false;
  if (held?.comparedAt !== undefined && !hasForgotten) {
    const comparison = await beginAgainIfCompacted(() => compare(client, held, isKnown === true));
    if (comparison.type === "compared") return comparison;
  }
  return { type: "listed", listing: await client.list(selectors), hasForgotten };
}

async function follow(options: SessionOptions, begun: Begun): Promise<SessionEnd> {
  const { client, selectors, onEvent, signal } = options;
  const over = new AbortController();
  return new Promise((resolve) => {
    const finish = (end: SessionEnd) => {
      listener[Symbol.dispose]();
      over.abort();
      stopWatch();
      resolve(end);
    };
    const listener = addAbortListener(signal, () => finish({ why: "aborted" }));
    const onEnd = (reason: string) => finish({ why: "lost", reason, isLate: false });
    const { revision } = begun.type === "listed" ? begun.listing : begun;
    const onBegun = () => lookAgain(options, { onRelist: () => finish({ why: "relist" }), signal: over.signal });
    const handlers = { ...afterBegun(begun, { onEvent, onBegun }), onEnd };
    const stopWatch = client.watch(selectors, revision + 1n, handlers);
  });
}

type Looking = { readonly onRelist: () => void; readonly signal: AbortSignal };

/** Looks whether what is held is all that the registry has; a session of single keys ends, and the next one lists them. */
function lookAgain({ client, held, lookAfterMs, onEvent }: SessionOptions, { onRelist, signal }: Looking): void {
  const look = async (): Promise<void> => {
    const revision = held && (await proveSame(client, held, signal));
    if (signal.aborted) return;
    if (revision === undefined) return onRelist();
    onEvent({ type: "compared", revision, changes: [] });
    queue.addAfter("look", jittered(lookAfterMs));
  };
  // What fails is tried again later: the watch tells when the registry is lost.
  const queue = new WorkQueue({ work: look, onError: () => undefined, retry: lookRetry, signal });
  queue.addAfter("look", jittered(lookAfterMs));
}

/** Keeps back what one selector's watch tells before all stand, so that `listed` or `compared` always comes first. */
function afterBegun(
  begun: Begun,
  { onEvent, onBegun }: Pick<SessionOptions, "onEvent"> & { readonly onBegun: () => void },
) {
  let early: SubscriptionEvent[] | undefined = [];
  return {
    onOpen: () => {
      const events = [begun, ...(early ?? [])];
      early = undefined;
      events.forEach(onEvent);
      onBegun();
    },
    onChanges: (revision: bigint, changes: readonly Change[]) => {
      const event: SubscriptionEvent = { type: "changed", revision, changes };
      if (early === undefined) onEvent(event);
      else early.push(event);
    },
  };
}
