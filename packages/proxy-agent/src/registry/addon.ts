import { isDeepStrictEqual } from "node:util";
import { handoutSchema, reasonOf, type Handout } from "@fairway/contract";
import { WorkQueue, type Rest } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { SubscriptionEvent } from "@fairway/registry";
import { z } from "zod";

/** Who and where this proxy is, as the addon says: what is kept of its answer on disk, nothing of the credentials. */
export const identitySchema = handoutSchema
  .pick({ node: true, proxy: true, project: true, networks: true, published: true, hostAddresses: true })
  // Earlier versions kept none.
  .extend({ etcdPorts: z.array(z.int()).default([]) });

/** See {@link identitySchema}. */
export type Identity = Readonly<z.infer<typeof identitySchema>>;

/** The part of an answer that is kept on disk. */
export function identityIn({ registry, ...handout }: Handout): Identity {
  const { node, proxy, project, networks, published, hostAddresses } = handout;
  return { node, proxy, project, networks, published, hostAddresses, etcdPorts: [...portsIn(registry.endpoints)] };
}

/** The ports in URLs of etcd's members. */
export function portsIn(endpoints: readonly string[]): readonly number[] {
  return [...new Set(endpoints.map((url) => Number(/:([0-9]+)\/?$/.exec(url)?.[1] ?? 0)))];
}

/** What {@link AddonFollower} works with. */
export type AddonFollowerOptions = {
  /** Rejects with a sentence that says why there is no answer. */
  readonly ask: () => Promise<Handout>;
  /** Takes the first answer and each that differs; one that it throws at is asked for again. */
  readonly onHandout: (handout: Handout) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** How the addon answers, for `/status`. */
export type AddonStatus = {
  /** ISO 8601, the last time; null: never yet. */
  readonly answeredAt: string | null;
  /** Why it does not answer now; null: it does. */
  readonly reason: string | null;
};

/** How often the addon is asked although it has answered. */
const askEveryMs = 5 * 60_000;

/**
 * How often the addon is asked while the registry does not answer: it may have moved, and only the addon would say
 * where to.
 */
const askWithoutRegistryMs = 15_000;

/** Between two answers, however often it is asked for them. */
const afterAnswer: Rest = { leastMs: 1000, quietMs: 0, mostMs: 0 };

/**
 * Asks the addon: with back-off until it answers, then every 5 minutes and on each {@link askAgain}. Its last answer
 * stays in force while it does not answer. Logs one line at each change of why it does not, and of what it answers.
 */
export class AddonFollower {
  readonly #options: AddonFollowerOptions;
  readonly #queue: WorkQueue<"ask">;
  #latest: Handout | undefined;
  #answeredAt: string | null = null;
  #reason: string | null = "it has not been asked yet";
  #hasRegistry = true;

  constructor(options: AddonFollowerOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({
      work: () => this.#ask(),
      onError: (_, error) => this.#logFailure(error),
      retry: { firstMs: 100, longestMs: 2000 },
      signal: options.signal,
    });
  }

  get status(): AddonStatus {
    return { answeredAt: this.#answeredAt, reason: this.#reason };
  }

  /** Why this proxy waits for its first answer; undefined: it has one. */
  get waitingFor(): string | undefined {
    return this.#latest ? undefined : `waiting for the addon: ${this.#reason}`;
  }

  askAgain(): void {
    this.#queue.add("ask");
  }

  /** Takes in an event of the subscription: asks again at each new session, and more often without one. */
  onEvent({ type }: SubscriptionEvent): void {
    if (type === "changed") return;
    this.#hasRegistry = type !== "lost";
    this.askAgain();
  }

  /** Resolves when the signal has aborted and nothing is asked any more. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #ask(): Promise<Rest> {
    const handout = await this.#options.ask();
    const changed = changedFields(this.#latest, handout);
    if (changed.length > 0) this.#options.onHandout(handout);
    this.#logAnswer(handout, changed);
    this.#latest = handout;
    this.#answeredAt = new Date().toISOString();
    this.#reason = null;
    this.#queue.addAfter("ask", this.#hasRegistry ? askEveryMs : askWithoutRegistryMs);
    return afterAnswer;
  }

  #logAnswer(handout: Handout, changed: readonly string[]): void {
    const { log } = this.#options;
    if (this.#latest === undefined) log.info(shownParts(handout), "addon answered");
    else if (changed.length > 0) log.info({ ...shownParts(handout), changed }, "addon answers otherwise");
    else if (this.#reason !== null) log.info({}, "addon answers again");
  }

  #logFailure(error: unknown): void {
    const reason = reasonOf(error);
    const message = this.#latest ? "addon does not answer, its last answer holds" : "waiting for the addon";
    if (reason !== this.#reason) this.#options.log.warn({ reason }, message);
    this.#reason = reason;
  }
}

function changedFields(before: Handout | undefined, now: Handout): readonly string[] {
  const fields = Object.keys(now) as (keyof Handout)[];
  return fields.filter((field) => !isDeepStrictEqual(before?.[field], now[field]));
}

/** Nothing of the credentials. */
function shownParts({ node, proxy, project, networks, registry }: Handout) {
  return { node, proxy, project, networks: networks.map(({ name }) => name), etcd: registry.endpoints };
}
