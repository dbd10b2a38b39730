import { addAbortListener } from "node:events";
import { type Rest, WorkQueue } from "@fairway/loop";
import { HeldLease } from "./held-lease.ts";
import type { RegistryClient } from "./registry-client.ts";
import type { RegistryLog } from "./log.ts";
import type { SubscriptionEvent } from "./stored.ts";
import { type SeenKey, watchKey } from "./watched-key.ts";

/** What a {@link LeasedRecord} works with. */
export type LeasedRecordOptions = {
  readonly client: RegistryClient;
  readonly key: string;
  readonly leaseTtlMs: number;
  /** The least time between two writes, whatever asks for them; the first after a quiet time is at once. (0) */
  readonly leastGapMs?: number;
  /** How often to look whether the record still stands although nothing was lost. (5 min) */
  readonly lookAfterMs?: number;
  readonly log?: RegistryLog | undefined;
  /** Ends it; the record runs out with its lease. */
  readonly signal: AbortSignal;
};

/**
 * Keeps one record in the registry, under a lease of its own, while the program lives, also when the lease is lost or the
 * registry goes away. It does not fight for the key: what another program writes there stays until our value changes or the
 * registry comes back.
 */
export class LeasedRecord {
  /** Resolves when nothing is written any more. */
  readonly ended: Promise<void>;
  readonly #options: LeasedRecordOptions;
  readonly #stop = new AbortController();
  readonly #queue: WorkQueue<string>;
  #value: string | undefined;
  #isDue = false;
  #isConnected = false;
  #held: HeldLease | undefined;

  constructor(options: LeasedRecordOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({
      work: async (what) => {
        const rest = await this.#write();
        return what === urgent ? undefined : rest;
      },
      onError: () => (this.#isDue = true),
      retry: { firstMs: 100, longestMs: 2000 },
      signal: this.#stop.signal,
    });
    this.ended = this.#run();
  }

  /**
   * Declares the value; later ones win. Written as soon as its gap allows, `isUrgent`: without regard to that, and again
   * whenever the registry no longer has it.
   */
  set(value: string, isUrgent = false): void {
    if (value !== this.#value) {
      this.#value = value;
      this.#wake();
    }
    if (isUrgent && this.#isDue) this.#queue.add(urgent);
  }

  /** Ends it, and deletes the record and its lease. Rejects when the registry is away; then the record runs out. */
  async remove(): Promise<void> {
    const { client, key } = this.#options;
    this.#stop.abort();
    await this.ended;
    if (this.#held === undefined) return;
    const { lease } = this.#held;
    await client.transact([{ key, lease }], [{ type: "delete", key }]);
    await client.revokeLease(lease);
  }

  async #run(): Promise<void> {
    const { client, key, lookAfterMs, log, signal } = this.#options;
    const listener = addAbortListener(signal, () => this.#stop.abort());
    const onSeen = (seen: SeenKey, event: SubscriptionEvent) => this.#onSeen(seen, event);
    await watchKey({ client, key, onSeen, lookAfterMs, log, signal: this.#stop.signal });
    await this.#queue.idle();
    this.#held?.stop();
    listener[Symbol.dispose]();
  }

  /** Writes the value. */
  #wake(): void {
    this.#isDue = true;
    this.#queue.add(this.#options.key);
  }

  /** Takes in what has become of the record. One that is only another's, the registry never having been away, stays. */
  #onSeen(seen: SeenKey, event: SubscriptionEvent): void {
    this.#isConnected = seen.isKnown;
    const isOurs = seen.isKnown && seen.stored?.value === this.#value && seen.stored?.lease === this.#held?.lease;
    const isGone = seen.isKnown && seen.stored === undefined;
    if (isGone || (event.type === "listed" && !isOurs)) this.#isDue = true;
    this.#queue.add(this.#options.key);
  }

  async #write(): Promise<Rest | void> {
    if (!this.#isDue || !this.#isConnected || this.#value === undefined) return;
    const { client, key, leastGapMs = 0 } = this.#options;
    const { lease } = (this.#held ??= await this.#hold());
    this.#isDue = false;
    // As it is now: it may have changed while the lease was granted.
    await client.transact([], [{ type: "put", key, value: this.#value, lease }]);
    if (leastGapMs > 0) return { leastMs: leastGapMs, quietMs: 0, mostMs: leastGapMs };
  }

  async #hold(): Promise<HeldLease> {
    const held = await HeldLease.grant(this.#options.client, this.#options.leaseTtlMs);
    void this.#forgetWhenLost(held);
    return held;
  }

  async #forgetWhenLost(held: HeldLease): Promise<void> {
    await held.lost;
    this.#held = undefined;
    this.#wake();
  }
}

/** In the queue beside the record's key, which rests between two writes; one of both is worked on at a time. */
const urgent = "urgent";

/** Starts to keep a record. */
export function startLeasedRecord(options: LeasedRecordOptions): LeasedRecord {
  return new LeasedRecord(options);
}
