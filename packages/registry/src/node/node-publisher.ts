import { randomUUID } from "node:crypto";
import { nodeKey, reasonOf } from "@fairway/contract";
import { type Rest, WorkQueue } from "@fairway/loop";
import type { RegistryLog } from "../log.ts";
import type { RegistryClient } from "../registry-client.ts";
import type { SubscriptionEvent } from "../stored.ts";
import { type SeenKey, watchKey } from "../watched-key.ts";
import type { Ownership } from "./node-ownership.ts";
import { NodeRecords, type RecordChanges } from "./node-records.ts";
import { NodeSession } from "./node-session.ts";
import type { OwnNode } from "./own-node.ts";
import { OwnershipJudge } from "./ownership-judge.ts";
import { PublisherLog, type PublisherState } from "./publisher-log.ts";
import type { RefusedRecord } from "./refused-records.ts";
import type { NodeSessionEnd } from "./session-end.ts";

/** What a {@link NodePublisher} works with. */
export type NodePublisherOptions = {
  readonly client: RegistryClient;
  readonly node: OwnNode;
  readonly leaseTtlMs: number;
  /** How often to compare the registry with what was written although nothing was lost. (5 min) */
  readonly lookAfterMs?: number;
  /** Called when the registry does not take the record at a key, for what it is. */
  readonly onRefused?: (key: string) => void;
  /** Called with what stands under the lease of the session before, by key, before anything is written over it. */
  readonly onTakeOver?: (former: ReadonlyMap<string, string>) => void;
  /** Nothing is written before it resolves. (at once) */
  readonly mayBegin?: Promise<void>;
  readonly log: RegistryLog;
  /** Ends the publisher; the lease and the records stay, for the next registrar to take over. */
  readonly signal: AbortSignal;
};

/** How many records that the registry did not take are tried again at a look: its user may have been granted more. */
const mostRetried = 10;

/** Between two sessions. */
const sessionRest: Rest = { leastMs: 100, quietMs: 0, mostMs: 100 };

/** Keeps a node's records in the registry: takes in what is wanted, and writes once it runs. */
export class NodePublisher {
  readonly #options: NodePublisherOptions;
  readonly #records: NodeRecords;
  readonly #queue: WorkQueue<string>;
  readonly #log: PublisherLog;
  readonly #judge: OwnershipJudge;
  #seen: SeenKey = { isKnown: false, reason: "it has not answered yet" };
  #ownership: Ownership | undefined;
  #session: NodeSession | undefined;
  #begun = 0;
  #isSynced = false;

  constructor(options: NodePublisherOptions) {
    this.#options = options;
    this.#records = new NodeRecords(options.node.node);
    this.#judge = new OwnershipJudge(options.client, options.node);
    this.#log = new PublisherLog(options.log);
    this.#queue = new WorkQueue({
      work: () => this.#write(),
      onError: (_node, error) => this.#onFailure(reasonOf(error)),
      retry: { firstMs: 100, longestMs: 2000 },
      signal: options.signal,
    });
  }

  /**
   * Declares what is wanted at some keys of the node; undefined: nothing. Later values win, and are written as soon as
   * the transaction in flight is done. Returns what that changes, sorted by key; records that differ only in
   * `reportedAt` are equal. Throws for a key that is not an endpoint or rejection of the node.
   */
  set(changes: RecordChanges): RecordChanges {
    const changed = this.#records.set(changes);
    if (changed.size > 0) this.#wake();
    return changed;
  }

  /** What is wanted at a key. */
  get(key: string): string | undefined {
    return this.#records.get(key);
  }

  /** Why the registry does not take what is wanted at a key; undefined: it was not refused. */
  refusalOf(key: string): string | undefined {
    return this.#records.refusalOf(key);
  }

  /**
   * Publishes the node until the signal aborts, however often the registry goes away, forgets the lease or is restored
   * from a backup: then a new session rewrites everything. Nothing is written before; what is not wanted by then is
   * deleted. Resolves when nothing is written any more. To be called once.
   */
  async run(): Promise<void> {
    const { client, node, lookAfterMs, log, signal } = this.#options;
    const onSeen = (seen: SeenKey, event: SubscriptionEvent) => this.#onSeen(seen, event);
    await watchKey({ client, key: nodeKey(node.node), lookAfterMs, onSeen, log, signal });
    await this.#queue.idle();
    this.#session?.stop();
  }

  state(): PublisherState {
    return {
      connected: this.#seen.isKnown,
      synced: this.#isSynced,
      pending: this.#records.pending,
      refused: this.#records.refused(),
      claimsRefused: this.#claimsRefused(),
      claimsPostponed: this.#records.postponedClaims.endpoints,
      lease: this.#session?.lease,
      session: this.#session?.id,
      sessions: this.#begun,
      waitingFor: this.#waitingFor(),
    };
  }

  #waitingFor(): string | undefined {
    if (!this.#seen.isKnown) return `the registry: ${this.#seen.reason}`;
    if (this.#session === undefined && this.#ownership?.type === "wait") return this.#ownership.sentence;
    if (this.#log.failure !== undefined) return `the registry to take our records: ${this.#log.failure}`;
    return this.#isSynced ? undefined : "the node's records to be written";
  }

  #claimsRefused(): string | undefined {
    const { claimsRefusal } = this.#records;
    if (claimsRefusal === undefined) return undefined;
    return `${claimsRefusal}: the etcd role of this registrar needs readwrite on claims/; until it has, its endpoints have no claim to their ports`;
  }

  #wake(): void {
    this.#queue.add(this.#options.node.node);
  }

  /** Takes in what the node record has become. */
  #onSeen(seen: SeenKey, event: SubscriptionEvent): void {
    this.#seen = seen;
    const isOurs = seen.isKnown && seen.stored?.lease === this.#session?.lease;
    if (event.type === "listed" || !isOurs) this.#session?.forgetHeld();
    if (event.type === "listed") this.#records.retryRefused(mostRetried);
    this.#wake();
  }

  async #write(): Promise<Rest | void> {
    // What is declared in one go is one transaction.
    await Promise.resolve();
    const session = this.#session ?? (await this.#begin());
    if (session === undefined) return;
    this.#records.resumeClaims();
    const isWritten = await session.write();
    this.#awaitClaims();
    if (isWritten) return this.#onSynced(session);
    if (session.end !== undefined && !this.#options.signal.aborted) return this.#endSession(session, session.end);
  }

  /** Begins a session; undefined: the node record is another's, or not known. */
  async #begin(): Promise<NodeSession | undefined> {
    await this.#options.mayBegin;
    const ownership = await this.#judgeOwnership();
    if (ownership?.type !== "take") return undefined;
    const { client, node: own, leaseTtlMs, signal } = this.#options;
    const [id, records, onLost] = [randomUUID(), this.#records, () => this.#wake()];
    const onRefused = (refused: RefusedRecord) => this.#onRefused(refused);
    const onTakeOver = (former: ReadonlyMap<string, string>) => this.#options.onTakeOver?.(former);
    records.retryRefused();
    // Ours from now on: a put whose answer is lost may still have been carried out.
    this.#judge.onBegin(id);
    const session = await NodeSession.begin({
      client,
      own,
      leaseTtlMs,
      id,
      ownership,
      records,
      onLost,
      onRefused,
      onTakeOver,
      signal,
    });
    this.#session = session;
    this.#begun += 1;
    this.#judge.onTaken(session.revision);
    this.#log.onTaken();
    return session;
  }

  async #judgeOwnership(): Promise<Ownership | undefined> {
    this.#ownership = this.#seen.isKnown ? await this.#judge.judge(this.#seen.stored) : undefined;
    this.#log.onWaiting(this.#ownership?.type === "wait" ? this.#ownership.sentence : undefined);
    return this.#ownership;
  }

  #onRefused(refused: RefusedRecord): void {
    this.#log.onRefused(refused);
    this.#options.onRefused?.(refused.key);
  }

  #awaitClaims(): void {
    const { endpoints, ms } = this.#records.postponedClaims;
    this.#log.onClaims({ refusal: this.#claimsRefused(), postponed: endpoints });
    if (endpoints > 0) this.#queue.addAfter(this.#options.node.node, ms);
  }

  #onSynced({ lease, id: session }: NodeSession): void {
    if (!this.#isSynced) this.#options.log.info({ lease, session, records: this.#records.size }, "node synced");
    this.#isSynced = true;
    this.#log.onTaken();
  }

  /** A lease that runs out while the registry is away follows from its loss, which is in the log already. */
  #endSession(session: NodeSession, { why, reason }: NodeSessionEnd): Rest {
    const isLogged = why === "lease-lost" && !this.#seen.isKnown;
    this.#options.log[isLogged ? "debug" : "warn"]({ why, reason }, "node session ended");
    session.stop();
    this.#session = undefined;
    this.#isSynced = false;
    this.#wake();
    return sessionRest;
  }

  #onFailure(reason: string): void {
    this.#session?.forgetHeld();
    this.#log.onFailure(reason, this.#seen.isKnown);
  }
}

/** A publisher that runs. */
export type RunningPublisher = NodePublisher & {
  /** Resolves when nothing is written any more. */
  readonly ended: Promise<void>;
};

/** Starts to publish a node whose records are known; what is not among them is deleted. */
export function startNodePublisher(
  options: NodePublisherOptions & { readonly wanted: ReadonlyMap<string, string> },
): RunningPublisher {
  const publisher = new NodePublisher(options);
  publisher.set(options.wanted);
  return Object.assign(publisher, { ended: publisher.run() });
}
