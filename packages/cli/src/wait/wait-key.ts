import { randomUUID } from "node:crypto";
import { encode, reasonOf, shown, waitKey, waitsPrefix } from "@fairway/contract";
import { wait, WorkQueue } from "@fairway/loop";
import { HeldLease, type RegistryClient } from "@fairway/registry";

/** So many wait at once; more do without. */
const mostWaits = 100;

/** How long a key of `fairway wait` lasts at most that nobody takes out any more. */
const longestLeaseMs = 60_000;

/** How much time there is at least between two questions of `fairway wait` to the proxies. */
const gapMs = 100;

/** How long the registry has at the end of `fairway wait`, which it must not hold up. */
const removeMs = 2000;

/**
 * `waits/<id>`: has proxies tell at once that they have applied a revision. Under a lease of twice the time-out, at most a
 * minute, which is renewed: who is killed leaves it for so long. Nothing is written before {@link ask}.
 */
export class WaitKey {
  readonly #client: RegistryClient;
  readonly #key = waitKey(randomUUID());
  readonly #leaseMs: number;
  readonly #stop = new AbortController();
  readonly #queue: WorkQueue<"ask">;
  #held: HeldLease | undefined;
  #asked = 0n;
  #refusal: string | undefined;

  constructor(client: RegistryClient, timeoutMs: number) {
    this.#client = client;
    this.#leaseMs = Math.max(2000, Math.min(2 * timeoutMs, longestLeaseMs));
    const { signal } = this.#stop;
    this.#queue = new WorkQueue({ work: () => this.#put(), onError: (_, error) => this.#fail(error), signal });
  }

  /** Why proxies are not asked; undefined: they are. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** Has proxies tell when they have applied a revision. */
  ask(revision: bigint): void {
    if (revision <= this.#asked || this.#stop.signal.aborted) return;
    this.#asked = revision;
    this.#queue.add("ask");
  }

  /** Takes the key out of the registry; one that is away lets it run out. */
  async remove(): Promise<void> {
    this.#stop.abort();
    const over = new AbortController();
    await Promise.race([this.#revoke(), wait(removeMs, over.signal)]);
    over.abort();
  }

  async #revoke(): Promise<void> {
    await this.#queue.idle();
    if (this.#held === undefined) return;
    this.#held.stop();
    await this.#client.revokeLease(this.#held.lease).catch(() => undefined);
  }

  async #put() {
    if (this.#held === undefined) {
      const [waiting = 0] = await this.#client.count([waitsPrefix]);
      if (waiting >= mostWaits) throw new Error(`${waiting} wait already`);
      this.#held = await HeldLease.grant(this.#client, this.#leaseMs);
      void this.#followLoss(this.#held);
    }
    const record = { v: 1, revision: this.#asked.toString() } as const;
    const put = { type: "put", key: this.#key, value: encode(record), lease: this.#held.lease } as const;
    await this.#client.transact([], [put]);
    this.#refusal = undefined;
    return { leastMs: gapMs, quietMs: 0, mostMs: gapMs };
  }

  /** A lost lease takes the key with it: it is written anew, under another. */
  async #followLoss(held: HeldLease): Promise<void> {
    await held.lost;
    if (this.#held !== held) return;
    this.#held = undefined;
    this.#queue.add("ask");
  }

  #fail(error: unknown): void {
    if (/lease not found/.test(reasonOf(error))) {
      this.#held?.stop();
      this.#held = undefined;
    }
    this.#refusal = `proxies tell within 10 s, as they could not be asked to tell at once: ${shown(reasonOf(error))}`;
  }
}
