import { endpointsPrefixOf, isSharedWith, shown } from "@fairway/contract";
import type { PortOwner, PortRange } from "@fairway/contract";
import { portClaimKey } from "../registry/seen.ts";
import { byAge, isClaimed, type Holder } from "../registry/holder.ts";

/** Whose proxy this is, and what its operator says of front ports. */
export type OwnershipRules = {
  /** The proxy's own project; undefined: it has none by name. */
  readonly project: string | undefined;
  /** Prefixes of the endpoints in scope. */
  readonly scope: readonly string[];
  /** PORT_OWNERS. */
  readonly owners: readonly PortOwner[];
  /** SHARED_PORTS. */
  readonly shared: readonly PortRange[];
};

/** Whose a front port is on this proxy, and by which rule. */
export type Owner = {
  readonly project: string;
  readonly by: "PORT_OWNERS" | "own project" | "oldest claim" | "no claim";
  /** When it was claimed, ISO 8601; empty: it is not. */
  readonly claimedAt: string;
};

/** Whether a project may use a port. */
export type Admission =
  | { readonly is: "admitted" }
  /** Its claim is not in view yet. */
  | { readonly is: "awaited" }
  | { readonly is: "refused"; readonly code: "port-owned" | "too-many-ports"; readonly reason: string };

/** What a project may do at a front port, and since when it is there. */
export type Verdict = { readonly admission: Admission; readonly holder: Holder | undefined };

/** Who may use one front port. */
export type PortTenancy = {
  /** Undefined: nobody claims it. */
  readonly owner: Owner | undefined;
  readonly verdictOf: (project: string) => Verdict;
};

/**
 * The owner of a front port among those who claim it in this proxy's scope: whom PORT_OWNERS names, else the proxy's own
 * project, else the oldest. Depends on nothing but the arguments, and not on the order of the holders.
 */
export function ownerOf(port: number, holders: readonly Holder[], rules: OwnershipRules): Owner | undefined {
  const named = rules.owners.find(({ ports }) => isIn(port, [ports]));
  if (named) {
    const holder = holders.find(({ project }) => project === named.project);
    return { project: named.project, by: "PORT_OWNERS", claimedAt: holder?.claimedAt ?? "" };
  }
  const inScope = holders.filter((holder) => holder.state !== "awaited" && isInScope(holder, rules.scope));
  const own = inScope.find((holder) => holder.project === rules.project && isClaimed(holder));
  const holder = own ?? inScope.toSorted(byAge)[0];
  if (holder === undefined) return undefined;
  const { project, claimedAt } = holder;
  return { project, by: own ? "own project" : isClaimed(holder) ? "oldest claim" : "no claim", claimedAt };
}

/**
 * Who may use a front port: its owner, and whom the operator or the owner's label SHARE lets in. Where nobody claims
 * it, those whose claim is not in view yet wait for it.
 */
export function tenancyOf(port: number, holders: readonly Holder[], rules: OwnershipRules): PortTenancy {
  const owner = ownerOf(port, holders, rules);
  const byProject = new Map(holders.map((holder) => [holder.project, holder]));
  const shares = byProject.get(owner?.project ?? "")?.shares ?? [];
  const isOpen = isIn(port, rules.shared);
  const admit = (project: string): Admission => {
    if (isOpen || project === owner?.project) return { is: "admitted" };
    if (owner === undefined) return { is: "awaited" };
    if (shares.some((share) => isSharedWith(share, project))) return { is: "admitted" };
    return { is: "refused", code: "port-owned", reason: refusalReason(port, project, owner) };
  };
  const verdicts = new Map<string, Verdict>();
  const verdictOf = (project: string) => {
    const verdict = verdicts.get(project) ?? { admission: admit(project), holder: byProject.get(project) };
    verdicts.set(project, verdict);
    return verdict;
  };
  return { owner, verdictOf };
}

/** True when a project's endpoints come to the same by two verdicts. */
export function isSameVerdict(
  { admission: a, holder: one }: Verdict,
  { admission: b, holder: other }: Verdict,
): boolean {
  if (a.is !== b.is || (a.is === "refused" && b.is === "refused" && a.reason !== b.reason)) return false;
  return one === other || (one !== undefined && other !== undefined && byAge(one, other) === 0);
}

function isIn(port: number, ranges: readonly PortRange[]): boolean {
  return ranges.some(({ first, last }) => first <= port && port <= last);
}

/** A claim is a whole project's: one service in scope brings it into scope. */
function isInScope({ project }: Holder, scope: readonly string[]): boolean {
  const endpoints = endpointsPrefixOf(project);
  return scope.some((prefix) => endpoints.startsWith(prefix) || prefix.startsWith(endpoints));
}

function refusalReason(port: number, project: string, owner: Owner): string {
  const [name, own] = [shown(project), shown(owner.project)];
  const release = `end that claim with "fairway-registrar release ${port}"`;
  const ways = [
    "take another port",
    ...(owner.by === "own project" || owner.by === "oldest claim" ? [release] : []),
    `set SHARED_PORTS=${port} on this proxy`,
    `label the containers of ${own} aliyun.proxy.SHARE: "${name}"`,
  ];
  return `port ${port} is ${whose(owner)}: ${ways.join(", or ")}`;
}

function whose({ project, by, claimedAt }: Owner): string {
  const name = shown(project);
  if (by === "PORT_OWNERS") return `kept for project ${name} by this proxy's PORT_OWNERS`;
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

export function hintOf(port: number, { owner }: PortTenancy): Hint | undefined {
  if (owner?.by !== "no claim") return undefined;
  const { project } = owner;
  const key = portClaimKey(project, port);
  const reason = `port ${port} is served for project ${shown(project)}, whose claim of it is missing: whoever claims it takes it; let the project's registrars write below claims/`;
  return { code: "claim-missing", key, reason, severity: "hint" };
}
