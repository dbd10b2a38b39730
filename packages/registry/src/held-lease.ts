import type { LeaseRenewal, RegistryClient } from "./registry-client.ts";
import { wait } from "@fairway/loop";

/** A lease that is kept alive until it is stopped or lost. */
export type HeldLease = {
  /** Hexadecimal, as etcdctl prints it. */
  readonly lease: string;
  /** Resolves once, with the reason, when etcd no longer has the lease or must be taken to have dropped it; never after `stop`. */
  readonly lost: Promise<string>;
  /** The highest revision that a renewal has shown. */
  readonly seenRevision: () => bigint;
  /** Ends the keepalives; the lease runs out by itself. */
  readonly stop: () => void;
};

/** Grants a lease and renews it three times a TTL. Rejects when the registry does not grant it. */
export async function holdLease(client: RegistryClient, ttlMs: number): Promise<HeldLease> {
  const askedAt = performance.now();
  const granted = await client.grantLease(ttlMs);
  const controller = new AbortController();
  let seen = 0n;
  const onRenewed = ({ revision }: LeaseRenewal) => {
    if (revision > seen) seen = revision;
  };
  const lost = keepAlive({ ...granted, client, onRenewed, renewedAt: askedAt, signal: controller.signal });
  return { lease: granted.lease, lost, seenRevision: () => seen, stop: () => controller.abort() };
}

type KeepAlive = {
  readonly client: RegistryClient;
  readonly lease: string;
  readonly ttlMs: number;
  readonly renewedAt: number;
  readonly onRenewed: (renewal: LeaseRenewal) => void;
  readonly signal: AbortSignal;
};

/**
 * Judged by our own clock, from the moment a renewal was asked for: when none was answered for a TTL, etcd may have
 * dropped the lease, and in a silent partition nobody else would say so.
 */
async function keepAlive({ client, lease, ttlMs, renewedAt, onRenewed, signal }: KeepAlive): Promise<string> {
  let validUntil = renewedAt + ttlMs;
  let pauseMs = ttlMs / 3;
  while (!signal.aborted) {
    await wait(Math.min(pauseMs, validUntil - performance.now()), signal);
    const askedAt = performance.now();
    if (askedAt >= validUntil) return `no keepalive was answered for ${ttlMs / 1000} s`;
    const renewal = await renew(client, lease, Math.min(ttlMs / 3, validUntil - askedAt));
    if (renewal?.ttlMs === 0) return "etcd no longer has the lease";
    if (renewal !== undefined) onRenewed(renewal);
    if (renewal !== undefined) validUntil = askedAt + ttlMs;
    pauseMs = renewal === undefined ? ttlMs / 20 : ttlMs / 3;
  }
  return new Promise(() => undefined);
}

/** Undefined when there was no answer in time. */
async function renew(client: RegistryClient, lease: string, deadlineMs: number): Promise<LeaseRenewal | undefined> {
  const giveUp = new AbortController();
  const answer = client.keepAliveOnce(lease, deadlineMs).catch(() => undefined);
  const late = wait(deadlineMs, giveUp.signal).then(() => undefined);
  return Promise.race([answer, late]).finally(() => giveUp.abort());
}
