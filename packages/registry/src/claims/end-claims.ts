import type { ClaimHolder, ServiceName } from "@fairway/contract";
import type { RegistryClient } from "../registry-client.ts";
import type { Stored } from "../stored.ts";
import { lookAtHolder, stillUnused } from "./holder.ts";

/** How long a claim lasts that the last container left in order, or its node. */
export const removedGraceMs = 10 * 60_000;

/** How long a claim lasts that nothing asks for any more, by its key; undefined: it is none of ours to end. */
export type GraceOf = (claim: string) => number | undefined;

/** Options of {@link endUnusedClaims}. */
export type EndOptions = {
  readonly holder: ClaimHolder;
  readonly graceOf: GraceOf;
  /** The services in which something that asks is most likely found. */
  readonly likely?: readonly ServiceName[];
};

/** What a lease may still hold beyond a claim's grace without being shortened to it. */
const slackMs = 60_000;

/**
 * Puts the claims of a holder that nothing asks for under a lease each, so that etcd ends them; the next endpoint that
 * asks takes it off. Compared in that transaction: the claim is as it was, and no endpoint of the holder was written
 * since the look. A lease that ends sooner stays. Returns the keys of the claims that now end.
 */
export async function endUnusedClaims(
  client: RegistryClient,
  { holder, graceOf, likely }: EndOptions,
): Promise<readonly string[]> {
  const look = await lookAtHolder(client, holder, likely);
  const ended: string[] = [];
  for (const claim of look.unused) {
    const graceMs = graceOf(claim.key);
    if (graceMs === undefined || (await endsWithin(client, claim, graceMs))) continue;
    const { lease } = await client.grantLease(graceMs);
    const operation = { type: "lease", key: claim.key, lease } as const;
    const { succeeded } = await client.transact(stillUnused(holder, claim, look), [operation]);
    if (succeeded) ended.push(claim.key);
    else await client.revokeLease(lease);
  }
  return ended;
}

async function endsWithin(client: RegistryClient, { lease }: Stored, graceMs: number): Promise<boolean> {
  if (lease === undefined) return false;
  const { remainingMs } = (await client.timeOfLease(lease)) ?? { remainingMs: 0 };
  return remainingMs <= graceMs + slackMs;
}
