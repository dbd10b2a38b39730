import { setTimeout as delay } from "node:timers/promises";
import type { RegistryClient } from "../registry-client.ts";

/** How late a renewal of a lease may come, as etcd tells its time in whole seconds. */
const slackMs = 1000;
/** How often it is looked whether somebody else renews a lease. */
const lookEveryMs = 200;

/**
 * True when somebody renews a lease, false when it is gone or nobody does. Registrars renew three times a TTL: it takes
 * a third of one, and a second, to tell. Rejects when the registry is away.
 */
export async function isKeptAlive(client: Pick<RegistryClient, "timeOfLease">, lease: string): Promise<boolean> {
  const first = await client.timeOfLease(lease);
  if (first === undefined) return false;
  const leastMs = (first.grantedMs * 2) / 3 - slackMs;
  const until = performance.now() + first.grantedMs / 3 + slackMs;
  let { remainingMs } = first;
  while (remainingMs > leastMs && performance.now() < until) {
    await delay(lookEveryMs);
    const now = (await client.timeOfLease(lease))?.remainingMs ?? 0;
    if (now > remainingMs) return true;
    remainingMs = now;
  }
  return remainingMs > leastMs;
}
