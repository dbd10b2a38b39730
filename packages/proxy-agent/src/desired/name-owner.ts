import { hasName, isSharedWith, nameOfFront, portOfFront, shown, wildcardOf, type Front } from "@fairway/contract";
import type { PortHolder } from "../registry/port-holder.ts";
import type { Holder } from "../registry/holder.ts";
import {
  firstHolder,
  isIn,
  keptPort,
  ownerBy,
  ownershipBy,
  ownershipOf,
  whose,
  type Admission,
  type OwnershipRules,
  type PortOwnership,
} from "./port-owner.ts";

/** Who else is at a port that somebody has names on: holders of the port itself and of every name, in no order. */
export type Neighbours = readonly PortHolder[];

/**
 * Who may use a front port or a name on it. A port is used as a whole or by names, as whoever comes first there has it: whom
 * PORT_OWNERS names, else the proxy's own project, else the oldest claim. Each name has an owner of its own: whom NAME_OWNERS
 * names, else as a port's, among those of the name and of the wildcard that it is within.
 * `neighbours`: undefined where nobody has names. Depends on nothing but the arguments, and not on the order of the holders.
 */
export function ownershipAt(
  front: Front,
  { holders, neighbours }: { readonly holders: readonly PortHolder[]; readonly neighbours: Neighbours | undefined },
  rules: OwnershipRules,
): PortOwnership {
  const [port, name] = [portOfFront(front), nameOfFront(front)];
  if (neighbours === undefined) return ownershipOf(port, holders, rules);
  const first = firstAt(port, neighbours, rules);
  if (name === undefined) {
    const ownership = ownershipOf(port, holders, rules);
    return first?.name === undefined ? ownership : { ...ownership, verdictOf: refuseWhole(ownership, port, first) };
  }
  const covering = neighbours.filter((each) => each.name !== undefined && each.name === wildcardOf(name));
  const kept = rules.nameOwners?.find((each) => hasName(each.name, name));
  const isFree = kept !== undefined || isIn(port, rules.shared);
  return ownershipBy(
    {
      front,
      owner: ownerBy(kept && { project: kept.project, by: "NAME_OWNERS" }, [...holders, ...covering], rules),
      holders,
      beside: covering,
      bar: (asker) => barWhole(port, first) ?? (isFree ? undefined : barKept(asker, port, { neighbours, rules })),
    },
    rules,
  );
}

/**
 * The holder by whom a port is used as a whole or by names, and whose names say what holds for all of them; undefined:
 * nobody. Depends on nothing but the arguments.
 */
export function firstAt(port: number, neighbours: Neighbours, rules: OwnershipRules): PortHolder | undefined {
  const kept = keptPort(port, rules);
  const pool = kept ? neighbours.filter(({ project }) => project === kept.project) : neighbours;
  return firstHolder(pool, rules).holder;
}

/** At a port that is used by names nobody is served as a whole. */
function refuseWhole(ownership: PortOwnership, port: number, first: PortHolder): PortOwnership["verdictOf"] {
  const reason = `port ${port} is shared by names, as project ${shown(first.project)} has it: say with fairway.sni and ${port}/ssl or ${port}/sni which names are this service's ("*": every other one), or take another port`;
  return (at) => ({ ...ownership.verdictOf(at), admission: { is: "refused", code: "port-by-name", reason } });
}

/** At a port that somebody has as a whole nobody is served by name. */
function barWhole(port: number, first: PortHolder | undefined): Admission | undefined {
  if (first === undefined || first.name !== undefined) return undefined;
  const reason = `port ${port} is used without names by project ${shown(first.project)}, who has it${first.claimedAt === "" ? "" : ` since ${shown(first.claimedAt)}`}: take another port, or end that claim with "fairway-registrar release ${port}" once no container asks for it without names`;
  return { is: "refused", code: "port-owned", reason };
}

/** Of a port that PORT_OWNERS keeps for a project others have no names, unless it shares with them. */
function barKept(
  { project }: Holder,
  port: number,
  { neighbours, rules }: { readonly neighbours: Neighbours; readonly rules: OwnershipRules },
): Admission | undefined {
  const kept = keptPort(port, rules);
  if (kept === undefined || kept.project === project) return undefined;
  const own = neighbours.filter((each) => each.project === kept.project);
  if (own.some(({ shares }) => shares.some((share) => isSharedWith(share, project)))) return undefined;
  const reason = `port ${port} is ${whose({ ...kept, claimedAt: "" })}, with all names on it: take another port, or have the operator name project ${shown(project)} in NAME_OWNERS`;
  return { is: "refused", code: "port-owned", reason };
}
