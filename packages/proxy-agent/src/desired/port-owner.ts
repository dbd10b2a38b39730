import { endpointsPrefixOf, isSharedWith, nameOfFront, ordinaryProxies, portOfFront, shown } from "@fairway/contract";
import type { Front, NameOwner, PortOwner, PortRange } from "@fairway/contract";
import { byAge, isClaimed, type PortHolder } from "../registry/port-holder.ts";
import { portClaimKey, holderKey, holderOf, holderWords, type Holder } from "../registry/holder.ts";

/** Whose proxy this is, and what its operator says of front ports. */
export type OwnershipRules = {
  /** LB_NAME; `*`: it is an ordinary proxy. */
  readonly balancer: string;
  /** The proxy's own project; undefined: it has none by name. */
  readonly project: string | undefined;
  /** Prefixes of the endpoints in scope. */
  readonly scope: readonly string[];
  /** PORT_OWNERS. */
  readonly owners: readonly PortOwner[];
  /** NAME_OWNERS. (nobody) */
  readonly nameOwners?: readonly NameOwner[];
  /** SHARED_PORTS. */
  readonly shared: readonly PortRange[];
};

/** Whose a front port is on this proxy, and by which rule. */
export type Owner = {
  readonly project: string;
  /** On a load balancer. */
  readonly service?: string;
  readonly by: "PORT_OWNERS" | "NAME_OWNERS" | "own project" | "oldest claim" | "no claim";
  /** When it was claimed, ISO 8601; empty: it is not. */
  readonly claimedAt: string;
};

/** Whether somebody may use a port. */
export type Admission =
  | { readonly is: "admitted" }
  /** Its claim is not in view yet. */
  | { readonly is: "awaited" }
  | {
      readonly is: "refused";
      readonly code: "port-owned" | "port-by-name" | "too-many-ports";
      readonly reason: string;
    };

/** What a holder may do at a front port, and since when it is there. */
export type Verdict = { readonly admission: Admission; readonly holder: PortHolder | undefined };

/** Whom the operator says a port, or a name, is kept for. */
export type Kept = Pick<Owner, "by" | "project">;

/** Who may use one front port. */
export type PortOwnership = {
  /** Undefined: nobody claims it. */
  readonly owner: Owner | undefined;
  readonly verdictOf: (at: Required<Holder>) => Verdict;
};

/**
 * The owner of a front port among those who claim it in this proxy's scope: whom PORT_OWNERS names, else the proxy's own
 * project, else the oldest. Depends on nothing but the arguments, and not on the order of the holders.
 */
export function ownerOf(port: number, holders: readonly PortHolder[], rules: OwnershipRules): Owner | undefined {
  return ownerBy(keptPort(port, rules), holders, rules);
}

/** Whom PORT_OWNERS names; undefined: nobody. */
export function keptPort(port: number, { owners }: Pick<OwnershipRules, "owners">): Kept | undefined {
  const named = owners.find(({ ports }) => isIn(port, [ports]));
  return named && { project: named.project, by: "PORT_OWNERS" };
}

/** The owner among some holders; `kept`: for whom it is kept, if for anybody. */
export function ownerBy(
  kept: Kept | undefined,
  holders: readonly PortHolder[],
  rules: OwnershipRules,
): Owner | undefined {
  if (kept) {
    const holder = holders.find(({ project }) => project === kept.project);
    return { ...kept, claimedAt: holder?.claimedAt ?? "" };
  }
  const { holder, isOwn } = firstHolder(holders, rules);
  if (holder === undefined) return undefined;
  const { project, service, claimedAt } = holder;
  const who = service === undefined ? { project } : { project, service };
  return { ...who, by: isOwn ? "own project" : isClaimed(holder) ? "oldest claim" : "no claim", claimedAt };
}

/** The holder in scope that comes first: of the proxy's own project, else the oldest. */
export function firstHolder(
  holders: readonly PortHolder[],
  rules: Pick<OwnershipRules, "project" | "scope">,
): { readonly holder: PortHolder | undefined; readonly isOwn: boolean } {
  const inScope = holders.filter((holder) => holder.state !== "awaited" && isInScope(holder, rules.scope));
  const own = inScope.toSorted(byAge).find((holder) => holder.project === rules.project && isClaimed(holder));
  return { holder: own ?? inScope.toSorted(byAge)[0], isOwn: own !== undefined };
}

/**
 * Who may use a front port: its owner, and whom the operator or the owner's label SHARE lets in. Where nobody claims
 * it, those whose claim is not in view yet wait for it.
 */
export function ownershipOf(port: number, holders: readonly PortHolder[], rules: OwnershipRules): PortOwnership {
  return ownershipBy({ front: port, owner: ownerOf(port, holders, rules), holders, beside: [] }, rules);
}

/** What decides who may use a front. */
export type OwnedFront = {
  readonly front: Front;
  readonly owner: Owner | undefined;
  readonly holders: readonly PortHolder[];
  /** Those that hold what the front is within: SHARE of theirs counts where one owns it. */
  readonly beside: readonly PortHolder[];
  /** Whether somebody is refused whoever owns it. (nobody is) */
  readonly bar?: (asker: Holder) => Admission | undefined;
};

/** Who may use a front, once its owner is known. */
export function ownershipBy(owned: OwnedFront, rules: OwnershipRules): PortOwnership {
  const { front, owner, holders, beside, bar } = owned;
  const byName = new Map(holders.map((holder) => [holderKey(holder), holder]));
  const owning = owner && holderKey(owner);
  const owners = [...holders, ...beside].filter((holder) => holderKey(holder) === owning);
  const shares = owners.flatMap((holder) => holder.shares);
  const isOpen = isIn(portOfFront(front), rules.shared);
  const admit = (asker: Holder): Admission => {
    const barred = bar?.(asker);
    if (barred) return barred;
    if (isOpen || holderKey(asker) === owning) return { is: "admitted" };
    if (owner === undefined) return { is: "awaited" };
    if (shares.some((share) => isSharedWith(share, asker.project))) return { is: "admitted" };
    const reason = refusalReason(front, { asker, owner, balancer: rules.balancer });
    return { is: "refused", code: "port-owned", reason };
  };
  const verdicts = new Map<string, Verdict>();
  const verdictOf = (at: Required<Holder>) => {
    const asker = holderOf(at, rules.balancer);
    const name = holderKey(asker);
    const verdict = verdicts.get(name) ?? { admission: admit(asker), holder: byName.get(name) };
    verdicts.set(name, verdict);
    return verdict;
  };
  return { owner, verdictOf };
}

/** True when a holder's endpoints come to the same by two verdicts. */
export function isSameVerdict(
  { admission: a, holder: one }: Verdict,
  { admission: b, holder: other }: Verdict,
): boolean {
  if (a.is !== b.is || (a.is === "refused" && b.is === "refused" && a.reason !== b.reason)) return false;
  return one === other || (one !== undefined && other !== undefined && byAge(one, other) === 0);
}

/** True for a port in some ranges. */
export function isIn(port: number, ranges: readonly PortRange[]): boolean {
  return ranges.some(({ first, last }) => first <= port && port <= last);
}

/** A claim is a whole project's: one service in scope brings it into scope. */
function isInScope({ project }: PortHolder, scope: readonly string[]): boolean {
  const endpoints = endpointsPrefixOf(project);
  return scope.some((prefix) => endpoints.startsWith(prefix) || prefix.startsWith(endpoints));
}

type Refused = { readonly asker: Holder; readonly owner: Owner; readonly balancer: string };

function refusalReason(front: Front, { asker: { project }, owner, balancer }: Refused): string {
  const [port, serverName] = [portOfFront(front), nameOfFront(front)];
  if (balancer !== ordinaryProxies) return balancerReason(port, owner, balancer);
  const called = serverName === undefined ? `port ${port}` : `name ${shown(serverName)} on port ${port}`;
  const [name, own] = [shown(project), shown(owner.project)];
  const release = `end that claim with "fairway-registrar release ${port}"`;
  const ways = [
    `take another ${serverName === undefined ? "port" : "name"}`,
    ...(owner.by === "own project" || owner.by === "oldest claim" ? [release] : []),
    `set SHARED_PORTS=${port} on this proxy`,
    `label the containers of ${own} aliyun.proxy.SHARE: "${name}"`,
  ];
  return `${called} is ${whose(owner)}: ${ways.join(", or ")}`;
}

/** Nobody shares a load balancer's port. */
function balancerReason(port: number, { project, service = "", claimedAt }: Owner, balancer: string): string {
  const holder = shown(`${project}/${service}`);
  const since = claimedAt === "" ? "" : ` since ${shown(claimedAt)}`;
  const front = `${port}@${shown(balancer)}`;
  return `${front} is ${holder}'s${since}: take another port, or end its claim with "fairway-registrar release ${front} --project ${holder}"`;
}

/** Whose something is, as a sentence goes on after “is”. */
export function whose({ project, by, claimedAt }: Owner): string {
  const name = shown(project);
  if (by === "PORT_OWNERS" || by === "NAME_OWNERS") return `kept for project ${name} by this proxy's ${by}`;
  if (by === "no claim") return `used by project ${name}, whose claim of it is missing`;
  return `project ${name}'s, ${by === "own project" ? "whose proxy this is and who" : "who"} claimed it ${shown(claimedAt)}`;
}

/** What is told of a port that is served for a project without a claim, under the key that the claim would have. */
type Hint = {
  readonly code: "claim-missing";
  readonly key: string;
  readonly reason: string;
  readonly severity: "hint";
};

export function hintOf(front: Front, { owner }: PortOwnership, balancer: string): Hint | undefined {
  if (owner?.by !== "no claim") return undefined;
  const [port, name] = [portOfFront(front), nameOfFront(front)];
  const key = portClaimKey(balancer, { ...owner, port, name });
  const called = name === undefined ? `port ${port}` : `name ${shown(name)} on port ${port}`;
  const reason = `${called} is served for ${holderWords(owner)}, whose claim of it is missing: whoever claims it takes it; let its registrars write below claims/`;
  return { code: "claim-missing", key, reason, severity: "hint" };
}
