import { type Claim, claimsPrefix, claimsPrefixOf, parseClaimKey } from "@fairway/contract";
import type { RegistryClient } from "../registry-client.ts";
import type { Stored } from "../stored.ts";
import { lookAtHolder, stillUnused } from "./holder.ts";

/** A claim as it stands in the registry. */
export type StandingClaim = { readonly claim: Claim; readonly stored: Stored };

/** What became of a claim that was to be released. */
export type ReleaseOutcome =
  | "released"
  /** An endpoint of its holder asks for the port. */
  | "used"
  /** It changed, or an endpoint of its holder did, since it was looked at. */
  | "changed";

/** The claims on one front port of some proxies, on all of theirs, or everywhere; the oldest first. */
export async function claimsAt(
  client: Pick<RegistryClient, "list">,
  { balancer, port }: { readonly balancer?: string | undefined; readonly port?: number | undefined },
): Promise<readonly StandingClaim[]> {
  const prefix = balancer === undefined ? claimsPrefix : claimsPrefixOf(balancer);
  const { stored } = await client.list([{ prefix }]);
  const claims = stored.flatMap((each) => {
    const claim = parseClaimKey(each.key);
    return claim === undefined || (port !== undefined && claim.port !== port) ? [] : [{ claim, stored: each }];
  });
  return claims.sort((a, b) => (a.stored.createRevision < b.stored.createRevision ? -1 : 1));
}

/** Deletes a claim; one that is used only by force. */
export async function releaseClaim(
  client: Pick<RegistryClient, "list" | "page" | "transact">,
  { claim, stored }: StandingClaim,
  isForced: boolean,
): Promise<ReleaseOutcome> {
  const { key, modRevision } = stored;
  const look = isForced ? undefined : await lookAtHolder(client, claim);
  if (look !== undefined && !look.unused.some((unused) => unused.key === key)) return "used";
  const compares = look === undefined ? [{ key, modRevision }] : stillUnused(claim, stored, look);
  const { succeeded } = await client.transact(compares, [{ type: "delete", key }]);
  return succeeded ? "released" : "changed";
}
