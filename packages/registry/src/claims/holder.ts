import {
  type ClaimHolder,
  claimsPrefixOfHolder,
  endpointsPrefixOf,
  endpointsPrefixOfHolder,
  type ServiceName,
} from "@fairway/contract";
import type { Compare, RegistryClient } from "../registry-client.ts";
import type { Stored } from "../stored.ts";
import { readAsked } from "./asked.ts";

/** The claims of a holder, and those of them that nothing asks for, at one revision. */
export type HolderLook = {
  readonly revision: bigint;
  readonly claims: readonly Stored[];
  readonly unused: readonly Stored[];
};

type Reader = Pick<RegistryClient, "list" | "page">;

/** Most looks end with a few endpoints; the pages grow for those that do not. */
const firstPage = 20;
const longestPage = 500;

/**
 * Looks for what asks for a holder's claims, in pages of its endpoints, until each is asked for. `likely`: the services
 * to begin with. A record that cannot be read is taken to ask for all of them.
 */
export async function lookAtHolder(
  client: Reader,
  holder: ClaimHolder,
  likely: readonly ServiceName[] = [],
): Promise<HolderLook> {
  const { revision, stored: claims } = await client.list([{ prefix: claimsPrefixOfHolder(holder) }]);
  const unused = new Map(claims.map((claim) => [claim.key, claim]));
  const prefixes = likely.map(({ project, service }) => endpointsPrefixOf(project, service));
  for (const prefix of [...prefixes, endpointsPrefixOfHolder(holder)]) {
    await removeAsked(client, unused, { prefix, revision });
  }
  return { revision, claims, unused: [...unused.values()] };
}

/** What must hold for a claim to be unused as it was at a look. */
export function stillUnused(holder: ClaimHolder, { key, modRevision }: Stored, look: HolderLook): readonly Compare[] {
  return [
    { key, modRevision },
    { prefix: endpointsPrefixOfHolder(holder), unchangedSince: look.revision },
  ];
}

/** Takes out of `unused` what the endpoints below a prefix ask for; ends as soon as nothing is left. */
async function removeAsked(
  client: Reader,
  unused: Map<string, Stored>,
  { prefix, revision }: { readonly prefix: string; readonly revision: bigint },
): Promise<void> {
  let after: string | undefined;
  for (let limit = firstPage; unused.size > 0; limit = Math.min(limit * 4, longestPage)) {
    const { stored } = await client.page(prefix, { after, revision, limit });
    for (const asked of stored.map(readAsked)) {
      if (asked === undefined) unused.clear();
      for (const claim of asked?.claims ?? []) unused.delete(claim);
    }
    if (stored.length < limit) return;
    after = stored.at(-1)?.key;
  }
}
