import { once } from "node:events";
import { type Etcd3, EtcdLeaseInvalidError, type ILeaseKeepAliveResponse } from "etcd3";
import type { LeaseRenewal, RegistryClient } from "../registry-client.ts";
import { within } from "./connect.ts";
import { type Keyspace, leaseDecimal, leaseHex } from "./keyspace.ts";

type LeaseMethods = Pick<
  RegistryClient,
  "grantLease" | "keepAliveOnce" | "revokeLease" | "keysOfLease" | "timeOfLease"
>;

/** Carries out a call of etcd. */
export type CallEtcd = <T>(call: (etcd: Etcd3) => Promise<T>) => Promise<T>;

/** etcd's leases, one call each: who keeps one alive, and when it counts as lost, is decided elsewhere. */
export function leaseMethods(run: CallEtcd, keyspace: Keyspace): LeaseMethods {
  return {
    grantLease: (ttlMs) => run((etcd) => grantLease(etcd, ttlMs)),
    keepAliveOnce: (lease, deadlineMs) => run((etcd) => keepAliveOnce(etcd, leaseDecimal(lease), deadlineMs)),
    revokeLease: (lease) => run((etcd) => revokeLease(etcd, leaseDecimal(lease))),
    keysOfLease: async (lease) => {
      const { TTL, keys } = await run((etcd) =>
        etcd.leaseClient.leaseTimeToLive({ ID: leaseDecimal(lease), keys: true }),
      );
      if (Number(TTL) < 0) return undefined;
      return keys.flatMap((key) => keyspace.relative(key) ?? []);
    },
    timeOfLease: async (lease) => {
      const { TTL, grantedTTL } = await run((etcd) => etcd.leaseClient.leaseTimeToLive({ ID: leaseDecimal(lease) }));
      if (Number(TTL) < 0) return undefined;
      return { remainingMs: Number(TTL) * 1000, grantedMs: Number(grantedTTL) * 1000 };
    },
  };
}

async function grantLease(etcd: Etcd3, ttlMs: number): ReturnType<RegistryClient["grantLease"]> {
  const granted = await etcd.leaseClient.leaseGrant({ TTL: Math.ceil(ttlMs / 1000) });
  return { lease: leaseHex(granted.ID), ttlMs: Number(granted.TTL) * 1000 };
}

async function revokeLease(etcd: Etcd3, ID: string): Promise<void> {
  await etcd.leaseClient.leaseRevoke({ ID }).catch(unlessGone);
}

/** A stream for each renewal: it goes to whichever member answers, and never outlives its deadline. */
async function keepAliveOnce(etcd: Etcd3, ID: string, deadlineMs: number): Promise<LeaseRenewal> {
  const stream = await etcd.leaseClient.leaseKeepAlive(within(deadlineMs));
  stream.write({ ID });
  const [answer] = (await once(stream as unknown as NodeJS.EventEmitter, "data")) as [ILeaseKeepAliveResponse];
  stream.end();
  return { ttlMs: Number(answer.TTL) * 1000, revision: BigInt(answer.header.revision) };
}

function unlessGone(error: unknown): void {
  if (!(error instanceof EtcdLeaseInvalidError)) throw error;
}
