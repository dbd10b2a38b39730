import { randomUUID } from "node:crypto";
import { Backoff } from "@fairway/loop";
import type { Bell } from "../bell.ts";
import type { SubscriptionEvent } from "../stored.ts";
import { reasonOf } from "@fairway/contract";
import type { SeenKey } from "../watched-key.ts";
import { type Claim, decideClaim } from "./claim.ts";
import type { NodeRecords } from "./node-records.ts";
import type { NodePublisherOptions } from "./node-publisher.ts";
import { runNodeSession, type SessionNews } from "./node-session.ts";
import type { SessionOver } from "./session-over.ts";
import { publisherState, type PublisherState } from "./publisher-state.ts";

type Options = Omit<NodePublisherOptions, "lookAgainAfterMs"> & {
  readonly records: NodeRecords;
  readonly bell: Bell;
};

/** Longer than it takes to notice a silent partition. */
const tellFailureAfterMs = 15_000;

type Began = Extract<SessionNews, { type: "began" }>;

/** One session of a node after another, each begun when the node record may be claimed. */
export class NodeSessions {
  readonly #options: Options;
  readonly #ownSessions = new Set<string>();
  #seen: SeenKey = { isKnown: false, reason: "it has not answered yet" };
  #claim: Claim | undefined;
  #session: Began | undefined;
  #begun = 0;
  #lastTakenAt = 0n;
  #isSynced = false;
  #isDoubted = false;
  #failure: { reason: string; since: number; isTold: boolean } | undefined;
  #onSettled: (() => void)[] = [];

  constructor(options: Options) {
    this.#options = options;
  }

  /** Takes in what the node record has become. */
  onSeen(seen: SeenKey, event: SubscriptionEvent): void {
    this.#seen = seen;
    const isOurs = seen.isKnown && seen.stored?.lease === this.#session?.lease;
    if (event.type === "listed" || !isOurs) this.#isDoubted = true;
    this.#options.bell.ring();
  }

  /** Runs sessions until the signal aborts. */
  async run(): Promise<void> {
    const { signal, bell } = this.#options;
    const backoff = new Backoff();
    while (!signal.aborted) {
      const claim = this.#decide();
      if (claim?.type !== "take") {
        await bell.heard();
        continue;
      }
      const hadBegun = await this.#runOne(claim);
      if (hadBegun) backoff.reset();
      await backoff.pause(signal);
    }
  }

  state(): PublisherState {
    return publisherState({
      seen: this.#seen,
      claim: this.#claim,
      session: this.#session,
      sessions: this.#begun,
      isSynced: this.#isSynced,
      failure: this.#failure?.reason,
    });
  }

  /** Resolves when everything wanted by now is written and the node record says so. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSettled.push(resolve);
      this.#options.bell.ring();
    });
  }

  #decide(): Claim | undefined {
    const before = this.#claim;
    const { node: own, log } = this.#options;
    const facts = { own, ownSessions: this.#ownSessions, lastTakenAt: this.#lastTakenAt };
    this.#claim = this.#seen.isKnown ? decideClaim({ ...facts, stored: this.#seen.stored }) : undefined;
    const sentence = this.#claim?.type === "wait" ? this.#claim.sentence : undefined;
    const isNew = sentence !== undefined && !(before?.type === "wait" && before.sentence === sentence);
    if (isNew) log.warn({ reason: sentence }, "waiting for the node record");
    return this.#claim;
  }

  /** Answers whether the session had begun. */
  async #runOne(claim: Claim & { type: "take" }): Promise<boolean> {
    const { client, node: own, leaseTtlMs, records, bell, signal } = this.#options;
    const onNews = (news: SessionNews) => this.#onNews(news);
    const takeDoubt = () => this.#takeDoubt();
    const sessionId = randomUUID();
    // Ours from now on: a put whose answer is lost may still have been carried out.
    this.#ownSessions.add(sessionId);
    const session = { client, own, leaseTtlMs, sessionId, claim, records, bell, takeDoubt, onNews, signal };
    const over = await runNodeSession(session).catch((error: unknown) => {
      this.#onFailure(reasonOf(error));
      return undefined;
    });
    const hadBegun = this.#session !== undefined;
    if (signal.aborted) return hadBegun;
    if (over !== undefined) this.#tellEnd(over);
    this.#session = undefined;
    this.#isSynced = false;
    return hadBegun;
  }

  /** A lease that runs out while the registry is away follows from its loss, which has been told. */
  #tellEnd({ why, reason }: SessionOver): void {
    const { log } = this.#options;
    const isTold = why === "lease-lost" && !this.#seen.isKnown;
    log[isTold ? "debug" : "warn"]({ why, reason }, "node session ended");
  }

  #onNews(news: SessionNews): void {
    if (news.type === "failed") return this.#onFailure(news.reason);
    this.#failure = undefined;
    if (news.type === "began") return this.#onBegan(news);
    if (!this.#isSynced) {
      const { lease, session } = this.#session ?? {};
      this.#options.log.info({ lease, session, records: this.#options.records.size }, "node synced");
    }
    this.#isSynced = true;
    for (const resolve of this.#onSettled.splice(0)) resolve();
  }

  #onBegan(news: Began): void {
    this.#session = news;
    this.#begun += 1;
    this.#lastTakenAt = news.revision;
  }

  /** A registry that is away is told of by the watch; this is for one that answers and yet takes nothing. */
  #onFailure(reason: string): void {
    this.#failure ??= { reason, since: performance.now(), isTold: false };
    this.#failure.reason = reason;
    if (this.#failure.isTold || !this.#seen.isKnown || performance.now() - this.#failure.since < tellFailureAfterMs)
      return;
    this.#failure.isTold = true;
    this.#options.log.warn({ reason }, "registry takes no records");
  }

  #takeDoubt(): boolean {
    const isDoubted = this.#isDoubted;
    this.#isDoubted = false;
    return isDoubted;
  }
}
