import { Backoff } from "@fairway/loop";
import { createBell } from "./bell.ts";
import { type HeldLease, holdLease } from "./held-lease.ts";
import type { LeasedRecordOptions } from "./leased-record.ts";
import type { SubscriptionEvent } from "./stored.ts";
import type { SeenKey } from "./watched-key.ts";

type RecordWriterOptions = Pick<LeasedRecordOptions, "client" | "key" | "leaseTtlMs" | "signal">;

/** Writes the record under one lease after another. */
export class RecordWriter {
  readonly #options: RecordWriterOptions;
  readonly #bell = createBell();
  #value: string | undefined;
  #isDue = false;
  #isKnown = false;
  #held: HeldLease | undefined;
  #onSettled: (() => void)[] = [];

  constructor(options: RecordWriterOptions) {
    this.#options = options;
  }

  wake(): void {
    this.#bell.ring();
  }

  lease(): string | undefined {
    return this.#held?.lease;
  }

  set(value: string): void {
    if (value !== this.#value) this.#isDue = true;
    this.#value = value;
    this.wake();
  }

  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSettled.push(resolve);
      this.wake();
    });
  }

  /** Takes in what has become of the record. One that is only another's, the registry never having been away, stays. */
  onSeen(seen: SeenKey, event: SubscriptionEvent): void {
    this.#isKnown = seen.isKnown;
    const isOurs = seen.isKnown && seen.stored?.value === this.#value && seen.stored?.lease === this.#held?.lease;
    const isGone = seen.isKnown && seen.stored === undefined;
    if (isGone || (event.type === "listed" && !isOurs)) this.#isDue = true;
    this.wake();
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        await this.#turn();
        backoff.reset();
      } catch {
        this.#isDue = true;
        await backoff.pause(signal);
      }
    }
    this.#held?.stop();
  }

  async #turn(): Promise<void> {
    const value = this.#value;
    if (this.#isDue && this.#isKnown && value !== undefined) return this.#write(value);
    if (!this.#isDue) for (const resolve of this.#onSettled.splice(0)) resolve();
    await this.#bell.heard();
  }

  async #write(value: string): Promise<void> {
    const { client, key } = this.#options;
    const { lease } = (this.#held ??= await this.#hold());
    this.#isDue = false;
    await client.transact([], [{ type: "put", key, value, lease }]);
  }

  async #hold(): Promise<HeldLease> {
    const { client, leaseTtlMs } = this.#options;
    const held = await holdLease(client, leaseTtlMs);
    void this.#forgetWhenLost(held);
    return held;
  }

  async #forgetWhenLost(held: HeldLease): Promise<void> {
    await held.lost;
    this.#held = undefined;
    this.#isDue = true;
    this.wake();
  }
}
