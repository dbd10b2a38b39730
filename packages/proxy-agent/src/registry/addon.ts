import { isDeepStrictEqual } from "node:util";
import { reasonOf, type Handout } from "@fairway/contract";
import { Backoff } from "@fairway/loop";
import { type SubscriptionEvent } from "@fairway/registry";
import type { Log } from "@fairway/program";
import { Timers } from "../timers.ts";
import { createRunner, noRest, type Rest } from "../runner.ts";
import { handoutSchema } from "@fairway/contract";
import type { z } from "zod";

/** What {@link followAddon} is told. */
export type FollowAddonOptions = {
  /** Rejects with a sentence that says why there is no answer. */
  readonly ask: () => Promise<Handout>;
  /** Takes the first answer and each that differs; one that it throws at is asked for again. */
  readonly onHandout: (handout: Handout) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** How the addon answers, for `/status`. */
export type AddonPicture = {
  /** ISO 8601, the last time; null: never yet. */
  readonly answeredAt: string | null;
  /** Why it does not answer now; null: it does. */
  readonly reason: string | null;
};

/** Asks the addon again and again. */
export type FollowedAddon = {
  readonly askAgain: () => void;
  /** Takes in what the registry's subscription tells: asks again at each new session, and more often without one. */
  readonly onEvent: (event: SubscriptionEvent) => void;
  /** Why this proxy waits for its first answer; undefined: it has one. */
  readonly waitingFor: () => string | undefined;
  readonly picture: () => AddonPicture;
  /** Resolves when the signal has aborted and nothing is asked any more. */
  readonly ended: Promise<void>;
};

const everyMs = 5 * 60_000;

/** The registry may have moved, and only the addon would say where to. */
const everyWithoutRegistryMs = 15_000;

/** Between two answers, however often it is woken. */
const leastGapMs = 1000;

/**
 * Asks the addon: with back-off until it answers, then every 5 minutes and whenever woken. What it said last stays in
 * force while it does not answer. One log line at each change of why it does not, and at each change of what it says.
 */
export function followAddon({ ask, onHandout, log, signal }: FollowAddonOptions): FollowedAddon {
  const backoff = new Backoff();
  const timers = new Timers(signal);
  let latest: Handout | undefined;
  let answeredAt: string | null = null;
  let reason: string | null = "it has not been asked yet";
  let hasRegistry = true;

  const run = async (): Promise<Rest> => {
    const handout = await ask();
    const changed = changedFields(latest, handout);
    if (changed.length > 0) onHandout(handout);
    if (latest === undefined) log.info(identityOf(handout), "addon answered");
    else if (changed.length > 0) log.info({ ...identityOf(handout), changed }, "addon answers otherwise");
    else if (reason !== null) log.info({}, "addon answers again");
    latest = handout;
    answeredAt = new Date().toISOString();
    reason = null;
    backoff.reset();
    timers.once(hasRegistry ? "later" : "soon", hasRegistry ? everyMs : everyWithoutRegistryMs, () => runner.wake());
    return { ...noRest, leastMs: leastGapMs };
  };

  const onError = async (error: unknown): Promise<void> => {
    if (signal.aborted) return;
    const now = reasonOf(error);
    if (now !== reason)
      log.warn({ reason: now }, latest ? "addon does not answer, its last word holds" : "waiting for the addon");
    reason = now;
    await backoff.pause(signal);
  };

  const runner = createRunner({ run, onError, signal });
  return {
    askAgain: runner.wake,
    onEvent: ({ type }) => {
      if (type === "changed") return;
      hasRegistry = type === "listed";
      runner.wake();
    },
    waitingFor: () => (latest ? undefined : `waiting for the addon: ${reason}`),
    picture: () => ({ answeredAt, reason }),
    ended: runner.ended,
  };
}

function changedFields(before: Handout | undefined, now: Handout): readonly string[] {
  const fields = Object.keys(now) as (keyof Handout)[];
  return fields.filter((field) => !isDeepStrictEqual(before?.[field], now[field]));
}

/** Nothing of the credentials. */
function identityOf({ node, proxy, project, networks, registry }: Handout) {
  return { node, proxy, project, networks: networks.map(({ name }) => name), etcd: registry.endpoints };
}

/** Who and where this proxy is, as the addon says: what is remembered of its answer. */
export const identitySchema = handoutSchema.pick({ node: true, proxy: true, project: true, networks: true });

export type Identity = Readonly<z.infer<typeof identitySchema>>;

/** The part of an answer that is remembered, also on disk: no way to the registry, no secrets. */
export function identityIn({ node, proxy, project, networks }: Identity): Identity {
  return { node, proxy, project, networks };
}
