import { wait } from "@fairway/loop";
import type { LeaseRenewal, RegistryClient } from "./registry-client.ts";

/** A lease that is kept alive until it is stopped or lost. */
export class HeldLease {
  /** Hexadecimal, as etcdctl prints it. */
  readonly lease: string;
  /** Resolves once, with the reason, when etcd no longer has the lease or must be taken to have dropped it; never after `stop`. */
  readonly lost: Promise<string>;
  readonly #client: RegistryClient;
  readonly #ttlMs: number;
  readonly #stop = new AbortController();
  #validUntilMs: number;
  #seenRevision = 0n;

  private constructor(client: RegistryClient, granted: { lease: string; ttlMs: number }, askedAtMs: number) {
    this.lease = granted.lease;
    this.#client = client;
    this.#ttlMs = granted.ttlMs;
    this.#validUntilMs = askedAtMs + granted.ttlMs;
    this.lost = this.#keepAlive();
  }

  /** Grants a lease and renews it three times a TTL. Rejects when the registry does not grant it. */
  static async grant(client: RegistryClient, ttlMs: number): Promise<HeldLease> {
    const askedAtMs = performance.now();
    return new HeldLease(client, await client.grantLease(ttlMs), askedAtMs);
  }

  /** The highest revision that a renewal has shown. */
  get seenRevision(): bigint {
    return this.#seenRevision;
  }

  /** Ends the keepalives; the lease runs out by itself. */
  stop(): void {
    this.#stop.abort();
  }

  /**
   * Judged by our own clock, from the moment a renewal was asked for: when none was answered for a TTL, etcd may have
   * dropped the lease, and in a silent partition nobody else would say so.
   */
  async #keepAlive(): Promise<string> {
    const { signal } = this.#stop;
    let pauseMs = this.#ttlMs / 3;
    while (!signal.aborted) {
      await wait(Math.min(pauseMs, this.#validUntilMs - performance.now()), signal);
      const askedAtMs = performance.now();
      if (askedAtMs >= this.#validUntilMs) return `no keepalive was answered for ${this.#ttlMs / 1000} s`;
      const renewal = await this.#renew(Math.min(this.#ttlMs / 3, this.#validUntilMs - askedAtMs));
      if (renewal?.ttlMs === 0) return "etcd no longer has the lease";
      if (renewal !== undefined) this.#onRenewed(renewal, askedAtMs);
      pauseMs = renewal === undefined ? this.#ttlMs / 20 : this.#ttlMs / 3;
    }
    return new Promise(() => undefined);
  }

  #onRenewed({ revision }: LeaseRenewal, askedAtMs: number): void {
    if (revision > this.#seenRevision) this.#seenRevision = revision;
    this.#validUntilMs = askedAtMs + this.#ttlMs;
  }

  /** Undefined when there was no answer in time. */
  async #renew(deadlineMs: number): Promise<LeaseRenewal | undefined> {
    const giveUp = new AbortController();
    const answer = this.#client.keepAliveOnce(this.lease, deadlineMs).catch(() => undefined);
    const late = wait(deadlineMs, giveUp.signal).then(() => undefined);
    return Promise.race([answer, late]).finally(() => giveUp.abort());
  }
}
