import { mostProjectPorts, portOfFront, shown, type Front } from "@fairway/contract";
import type { PortHolder } from "../registry/port-holder.ts";
import { holderKey, holderOf, type Holder } from "../registry/holder.ts";
import type { ListenerFacts } from "./desired.ts";
import { firstAt, ownershipAt, type Neighbours } from "./name-owner.ts";
import { hintOf, isSameVerdict, type Owner, type PortOwnership, type Verdict } from "./port-owner.ts";
import { refusePort } from "./listen-ports.ts";

/** Tells whether whose endpoint may do otherwise at a port than before. */
export type IsConcerned = (at: Required<Holder>) => boolean;

/** Those at one front port: who has endpoints there, and what each may do. */
export class PortHolders {
  readonly #front: Front;
  #facts: ListenerFacts;
  #holders: readonly PortHolder[] = [];
  #neighbours: Neighbours | undefined;
  #ownership: PortOwnership;
  /** How many endpoints each has there, by {@link holderKey}. */
  readonly #endpoints = new Map<string, number>();
  #beyond: ReadonlySet<string> = new Set();
  /** Undefined: to be found anew. */
  #users: readonly PortHolder[] | undefined;

  constructor(front: Front, facts: ListenerFacts) {
    this.#front = front;
    this.#facts = facts;
    this.#ownership = this.#ownershipNow();
  }

  /** Whose the port is; undefined: nobody claims it. */
  get owner(): Owner | undefined {
    return this.#ownership.owner;
  }

  /** The project that has the port, which services share by name; undefined: nobody. */
  get decides(): string | undefined {
    return firstAt(portOfFront(this.#front), this.#neighbours ?? [], this.#facts.ownership)?.project;
  }

  /** What is told of the port itself; undefined: nothing. */
  get hint(): ReturnType<typeof hintOf> {
    return hintOf(this.#front, this.#ownership, this.#facts.ownership.balancer);
  }

  /** Those with endpoints there that may use the port: the same object until that changes. */
  get users(): readonly PortHolder[] {
    this.#users ??= refusePort(portOfFront(this.#front), this.#facts.ports)
      ? []
      : this.#holders.filter((each) => this.#isUser(each));
    return this.#users;
  }

  verdictOf(at: Required<Holder>): Verdict {
    const { project } = at;
    const verdict = this.#ownership.verdictOf(at);
    if (!this.#beyond.has(project) || verdict.admission.is !== "admitted") return verdict;
    const reason = `project ${shown(project)} asks for more than ${mostProjectPorts} front ports on this proxy, and ${shown(String(this.#front))} is among the youngest: let it give up some, or move containers to another project`;
    return { ...verdict, admission: { is: "refused", code: "too-many-ports", reason } };
  }

  /** Counts an endpoint in or out. */
  count(at: Required<Holder>, by: 1 | -1): void {
    const name = holderKey(holderOf(at, this.#facts.ownership.balancer));
    const count = (this.#endpoints.get(name) ?? 0) + by;
    if (count === 0) this.#endpoints.delete(name);
    else this.#endpoints.set(name, count);
    if (count === 0 || count === by) this.#users = undefined;
  }

  /**
   * Takes in who holds the port now, oldest first, and who else is there where somebody has names. Undefined, here and
   * below: nothing changed.
   */
  setHolders(holders: readonly PortHolder[], neighbours?: Neighbours): IsConcerned | undefined {
    if (holders === this.#holders && neighbours === this.#neighbours) return undefined;
    this.#holders = holders;
    this.#neighbours = neighbours;
    return this.#judgeAgain();
  }

  setFacts(facts: ListenerFacts): void {
    this.#facts = facts;
    this.#judgeAgain();
  }

  /** Takes in which projects have too many ports by this one. */
  setBeyond(beyond: ReadonlySet<string>): IsConcerned | undefined {
    const before = this.#beyond;
    if (before.size + beyond.size === 0) return undefined;
    this.#beyond = beyond;
    return ({ project }) => before.has(project) !== beyond.has(project);
  }

  #judgeAgain(): IsConcerned {
    const before = this.#ownership;
    const now = this.#ownershipNow();
    this.#ownership = now;
    this.#users = undefined;
    return (at) => !isSameVerdict(before.verdictOf(at), now.verdictOf(at));
  }

  #ownershipNow(): PortOwnership {
    const at = { holders: this.#holders, neighbours: this.#neighbours };
    return ownershipAt(this.#front, at, this.#facts.ownership);
  }

  #isUser(holder: PortHolder): boolean {
    const { project, service = "" } = holder;
    const isHere = this.#endpoints.has(holderKey(holder));
    return isHere && this.#ownership.verdictOf({ project, service }).admission.is === "admitted";
  }
}
