import { lookup } from "node:dns/promises";
import { setTimeout as delay } from "node:timers/promises";

/** How long a resolver has to answer at the start, which it must not hold up. */
const resolveMs = 1000;

/** The hosts that resolve within {@link resolveMs}, by the same resolver that HAProxy asks. Never rejects. */
export async function resolvable(hosts: readonly string[]): Promise<ReadonlySet<string>> {
  const resolved = await Promise.all(hosts.map(async (host) => ((await resolves(host)) ? [host] : [])));
  return new Set(resolved.flat());
}

async function resolves(host: string): Promise<boolean> {
  try {
    return await Promise.race([lookup(host).then(() => true), delay(resolveMs, false, { ref: false })]);
  } catch {
    return false;
  }
}
