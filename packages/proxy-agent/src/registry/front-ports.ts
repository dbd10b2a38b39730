import { frontOf, portOfFront, type Front, type FrontParts } from "@fairway/contract";
import { byAge, isClaimed, type PortHolder } from "./port-holder.ts";
import type { SeenClaim } from "./seen.ts";
import { holderKey, type Holder } from "./holder.ts";

/** How long an endpoint without a claim in view waits for its port, if nobody else claims that. */
export const awaitClaimMs = 3000;

/** An endpoint at one of its front ports. */
export type PortUser = HolderAtPort & { readonly share: string | undefined };

/** A holder, and the port or the name there. */
export type HolderAtPort = Holder & FrontParts;

/** When an endpoint was seen, ms since 1970, and the create revision of its record; 0: it is not known. */
export type SeenAt = { readonly now: number; readonly age: bigint };

/** What is known of one holder at one port. */
type Use = {
  holder: PortHolder;
  /** When it was first seen without a claim, ms since 1970. */
  readonly since: number;
  endpoints: number;
  /** How many of the endpoints have each SHARE. */
  readonly shares: Map<string, number>;
};

/**
 * Who claims each front port, and who has endpoints there. A change costs what it costs alone, however many
 * ports and endpoints there are. The list of a port's holders is the same object until one of them changes.
 */
export class FrontPorts {
  readonly #uses = new Map<Front, Map<string, Use>>();
  readonly #lists = new Map<Front, readonly PortHolder[]>();
  /** Of ports with names on them: those names, as fronts. */
  readonly #names = new Map<number, Set<Front>>();
  readonly #neighbours = new Map<number, readonly PortHolder[]>();
  readonly #awaited = new Set<Use>();
  readonly #onChange: (front: Front) => void;

  /** `onChange` is called with each front whose holders change, and with those that share its port by name. */
  constructor(onChange: (front: Front) => void) {
    this.#onChange = onChange;
  }

  /** The holders of a front, oldest first. */
  at(front: Front): readonly PortHolder[] {
    const uses = this.#uses.get(front);
    if (!uses) return nobody;
    const list = this.#lists.get(front) ?? [...uses.values()].map(({ holder }) => holder).sort(byAge);
    this.#lists.set(front, list);
    return list;
  }

  /** The holders of a port and of all names on it: the same object until one changes. Undefined: nobody has names there. */
  neighboursAt(port: number): readonly PortHolder[] | undefined {
    const names = this.#names.get(port);
    if (names === undefined) return undefined;
    const list = this.#neighbours.get(port) ?? [port, ...names].flatMap((front) => this.at(front));
    this.#neighbours.set(port, list);
    return list;
  }

  /** Every holder of every port. */
  values(): readonly PortHolder[] {
    return this.#all().map(({ holder }) => holder);
  }

  /** Those whose claim the registry has, as far as is known. */
  claims(): readonly PortHolder[] {
    return this.values().filter(({ state }) => state === "claimed");
  }

  /** Those of which no claim was seen yet. */
  awaited(): readonly PortHolder[] {
    return [...this.#awaited].map(({ holder }) => holder);
  }

  /** The registry has a claim. */
  claim(claim: SeenClaim): void {
    const use = this.#find(claim);
    const { age, claimedAt } = claim;
    if (use) this.#update(use, { state: "claimed", age, claimedAt });
    else this.#add({ ...claim, state: "claimed", shares: [] }, -Infinity);
  }

  /** The registry no longer has a claim. */
  unclaim(at: HolderAtPort): void {
    const use = this.#find(at);
    if (!use || !isClaimed(use.holder)) return;
    this.#update(use, { state: "gone" });
    this.#dropUnused(use);
  }

  /** Counts an endpoint in. */
  enter({ share, ...at }: PortUser, { now, age }: SeenAt): void {
    const use = this.#find(at) ?? this.#add({ ...at, state: "awaited", age, claimedAt: "", shares: [] }, now);
    count(use, share, 1);
    const isOldest = !isClaimed(use.holder) && age > 0n && age < use.holder.age;
    this.#update(use, { shares: sharesOf(use), ...(isOldest ? { age } : {}) });
  }

  /** Counts an endpoint out. */
  leave({ share, ...at }: PortUser): void {
    const use = this.#find(at);
    if (!use) return;
    count(use, share, -1);
    this.#update(use, { shares: sharesOf(use) });
    this.#dropUnused(use);
  }

  /** Ends each wait for a claim that has lasted long enough. */
  settle(now: number): void {
    for (const use of this.#awaited) if (use.since + awaitClaimMs <= now) this.#update(use, { state: "unclaimed" });
  }

  /** When the next wait for a claim ends; Infinity: nothing waits. */
  nextEnd(): number {
    return [...this.#awaited].reduce((end, { since }) => Math.min(end, since + awaitClaimMs), Infinity);
  }

  /** The registry went back to a revision: claims that it lost stay older than those that are made from now on. */
  keepOlderThan(revision: bigint): void {
    for (const use of this.#all()) if (use.holder.age > revision) this.#update(use, { age: revision });
  }

  /** Takes in what an earlier agent knew. */
  restore(known: readonly PortHolder[]): void {
    for (const holder of known) this.#add(holder, -Infinity);
  }

  /** Drops what an earlier agent kept for endpoints that are not there. */
  dropUnused(): void {
    for (const use of this.#all()) this.#dropUnused(use);
  }

  #find(at: HolderAtPort): Use | undefined {
    return this.#uses.get(frontOf(at))?.get(holderKey(at));
  }

  #all(): readonly Use[] {
    return [...this.#uses.values()].flatMap((uses) => [...uses.values()]);
  }

  #add(holder: PortHolder, since: number): Use {
    const use = { holder, since, endpoints: 0, shares: new Map() };
    const front = frontOf(holder);
    const uses = this.#uses.get(front);
    if (uses) uses.set(holderKey(holder), use);
    else this.#uses.set(front, new Map([[holderKey(holder), use]]));
    if (holder.name !== undefined) this.#names.set(holder.port, (this.#names.get(holder.port) ?? new Set()).add(front));
    this.#onUpdate(use);
    return use;
  }

  #update(use: Use, change: Partial<PortHolder>): void {
    const before = use.holder;
    const now = { ...before, ...change };
    const isSame = now.state === before.state && now.age === before.age && now.claimedAt === before.claimedAt;
    if (isSame && now.shares === before.shares) return;
    use.holder = now;
    this.#onUpdate(use);
  }

  #dropUnused(use: Use): void {
    if (use.endpoints > 0 || use.holder.state === "claimed") return;
    const front = frontOf(use.holder);
    const uses = this.#uses.get(front);
    uses?.delete(holderKey(use.holder));
    if (uses?.size === 0) this.#uses.delete(front);
    this.#awaited.delete(use);
    this.#tell(front);
    if (uses?.size === 0) this.#dropName(use.holder.port, front);
  }

  #dropName(port: number, front: Front): void {
    const names = this.#names.get(port);
    if (names?.delete(front) && names.size === 0) this.#names.delete(port);
  }

  #onUpdate(use: Use): void {
    if (use.holder.state === "awaited") this.#awaited.add(use);
    else this.#awaited.delete(use);
    this.#tell(frontOf(use.holder));
  }

  /** Who may use a name depends on who else is at its port. */
  #tell(front: Front): void {
    const port = portOfFront(front);
    this.#lists.delete(front);
    this.#neighbours.delete(port);
    const others = this.#names.get(port) ?? noNames;
    for (const each of new Set([front, ...(others.size > 0 ? [port, ...others] : [])])) this.#onChange(each);
  }
}

const nobody: readonly PortHolder[] = [];
const noNames: ReadonlySet<Front> = new Set();

function count(use: Use, share: string | undefined, by: 1 | -1): void {
  use.endpoints += by;
  if (share === undefined) return;
  const count = (use.shares.get(share) ?? 0) + by;
  if (count === 0) use.shares.delete(share);
  else use.shares.set(share, count);
}

/** SHARE of its endpoints, or of the last ones: who was let in stays in until the claim ends. */
function sharesOf({ holder, endpoints, shares }: Use): string[] {
  if (endpoints === 0) return holder.shares;
  const isSame = holder.shares.length === shares.size && holder.shares.every((share) => shares.has(share));
  return isSame ? holder.shares : [...shares.keys()].sort();
}
