import {
  byRevision,
  byText,
  type Claim,
  claimKey,
  claimRecordSchema,
  claimsPrefix,
  decode,
  endpointsPrefix,
  isSharedWith,
  parseClaimKey,
  portName,
} from "@fairway/contract";
import type { RegistryClient } from "../registry-client.ts";
import { readOnce } from "../read-once.ts";
import type { Stored } from "../stored.ts";
import { type Asked, readAsked } from "./asked.ts";

/** A front port that somebody asks for or has claimed. */
export type ClaimUse = {
  readonly claim: Claim;
  /** Its create revision; undefined: no registrar has put the claim yet. */
  readonly age: bigint | undefined;
  /** When it was claimed, ISO 8601; undefined: it does not say. */
  readonly claimedAt: string | undefined;
  /** The lease under which it ends; undefined: it lasts. */
  readonly lease: string | undefined;
  /** How many endpoints ask for it. */
  readonly endpoints: number;
  /** When the oldest container that asks was made; empty: none asks. */
  readonly oldest: string;
  /** What SHARE says at the endpoints that ask. */
  readonly shares: readonly string[];
};

/** Who of those that ask for one front port is served by a proxy that is told nothing else; the oldest claim owns it. */
export type PortUse = {
  readonly owner: ClaimUse;
  readonly others: readonly (ClaimUse & { readonly isShared: boolean })[];
};

/** Reads all claims and everything that asks for one, at one revision. */
export async function readClaimUses(client: Pick<RegistryClient, "list">): Promise<readonly ClaimUse[]> {
  const { stored } = await client.list([{ prefix: claimsPrefix }, { prefix: endpointsPrefix }]);
  return claimUses(stored);
}

const askedIn = readOnce(readAsked);

/** Claims and what asks for them, by front port, on each the owner first. */
export function claimUses(stored: readonly Stored[]): readonly ClaimUse[] {
  const uses = new Map<string, ClaimUse>();
  for (const each of stored) {
    const claim = parseClaimKey(each.key);
    if (claim !== undefined) uses.set(each.key, claimed(claim, each));
  }
  for (const asked of stored.flatMap((each) => askedIn(each) ?? [])) {
    for (const key of asked.claims) {
      const claim = parseClaimKey(key);
      if (claim !== undefined) uses.set(key, askedOnce(uses.get(key) ?? unclaimed(claim), asked));
    }
  }
  return [...uses.values()].sort(inOrder);
}

/** Each front port of uses in the order of {@link claimUses} once, by its name, with its owner and the others. */
export function portUses(uses: readonly ClaimUse[]): ReadonlyMap<string, PortUse> {
  const ports = new Map<string, ClaimUse[]>();
  for (const use of uses) {
    const name = portName(use.claim);
    const others = ports.get(name);
    if (others === undefined) ports.set(name, [use]);
    else others.push(use);
  }
  return new Map([...ports].flatMap(([name, [owner, ...rivals]]) => (owner ? [[name, portUse(owner, rivals)]] : [])));
}

function portUse(owner: ClaimUse, rivals: readonly ClaimUse[]): PortUse {
  return { owner, others: rivals.map((rival) => ({ ...rival, isShared: isSharedBy(owner, rival) })) };
}

/** The front ports that more than one holder asks for. */
export function contested(uses: readonly ClaimUse[]): readonly PortUse[] {
  return [...portUses(uses).values()].filter(({ others }) => others.length > 0);
}

function isSharedBy({ shares, claim: { balancer } }: ClaimUse, { claim: { project } }: ClaimUse): boolean {
  return balancer === "*" && shares.some((share) => isSharedWith(share, project));
}

function claimed(claim: Claim, { value, createRevision, lease }: Stored): ClaimUse {
  const decoded = decode(claimRecordSchema, value);
  const claimedAt = decoded.ok ? decoded.record.claimedAt : undefined;
  return { ...unclaimed(claim), age: createRevision, claimedAt, lease };
}

function unclaimed(claim: Claim): ClaimUse {
  return { claim, age: undefined, claimedAt: undefined, lease: undefined, endpoints: 0, oldest: "", shares: [] };
}

function askedOnce(use: ClaimUse, { createdAt, share }: Asked): ClaimUse {
  const oldest = use.oldest === "" || createdAt < use.oldest ? createdAt : use.oldest;
  const shares = share === undefined ? use.shares : [...use.shares, share];
  return { ...use, endpoints: use.endpoints + 1, oldest, shares };
}

/** By front port; then the claim that is older; what is not claimed comes last, the oldest container first. */
function inOrder(a: ClaimUse, b: ClaimUse): number {
  return (
    byText(a.claim.balancer, b.claim.balancer) ||
    a.claim.port - b.claim.port ||
    byText(a.claim.name ?? "", b.claim.name ?? "") ||
    byRevision(a.age, b.age) ||
    byText(a.oldest || "~", b.oldest || "~") ||
    byText(claimKey(a.claim), claimKey(b.claim))
  );
}
