import { mostProjectPorts, shown } from "@fairway/contract";
import type { Holder } from "../registry/holder.ts";
import { tenantName, tenantOf, type Tenant } from "../registry/tenant.ts";
import type { ListenerFacts } from "./desired.ts";
import { hintOf, isSameVerdict, tenancyOf, type Owner, type PortTenancy, type Verdict } from "./port-owner.ts";
import { refusePort } from "./ports.ts";

/** Tells whether whose endpoint may do otherwise at a port than before. */
export type IsConcerned = (at: Required<Tenant>) => boolean;

/** Those at one front port: who has endpoints there, and what each may do. */
export class PortTenants {
  readonly #port: number;
  #facts: ListenerFacts;
  #holders: readonly Holder[] = [];
  #tenancy: PortTenancy;
  /** How many endpoints each has there, by {@link tenantName}. */
  readonly #endpoints = new Map<string, number>();
  #beyond: ReadonlySet<string> = new Set();
  /** Undefined: to be found anew. */
  #users: readonly Holder[] | undefined;

  constructor(port: number, facts: ListenerFacts) {
    this.#port = port;
    this.#facts = facts;
    this.#tenancy = tenancyOf(port, [], facts.ownership);
  }

  /** Whose the port is; undefined: nobody claims it. */
  get owner(): Owner | undefined {
    return this.#tenancy.owner;
  }

  /** What is told of the port itself; undefined: nothing. */
  get hint(): ReturnType<typeof hintOf> {
    return hintOf(this.#port, this.#tenancy, this.#facts.ownership.balancer);
  }

  /** Those with endpoints there that may use the port: the same object until that changes. */
  get users(): readonly Holder[] {
    this.#users ??= refusePort(this.#port, this.#facts.ports) ? [] : this.#holders.filter((each) => this.#isUser(each));
    return this.#users;
  }

  verdictOf(at: Required<Tenant>): Verdict {
    const { project } = at;
    const verdict = this.#tenancy.verdictOf(at);
    if (!this.#beyond.has(project) || verdict.admission.is !== "admitted") return verdict;
    const reason = `project ${shown(project)} asks for more than ${mostProjectPorts} front ports on this proxy, and ${this.#port} is among the youngest: let it give up some, or move containers to another project`;
    return { ...verdict, admission: { is: "refused", code: "too-many-ports", reason } };
  }

  /** Counts an endpoint in or out. */
  count(at: Required<Tenant>, by: 1 | -1): void {
    const name = tenantName(tenantOf(at, this.#facts.ownership.balancer));
    const count = (this.#endpoints.get(name) ?? 0) + by;
    if (count === 0) this.#endpoints.delete(name);
    else this.#endpoints.set(name, count);
    if (count === 0 || count === by) this.#users = undefined;
  }

  /** Takes in who holds the port now, oldest first. Undefined, here and below: nothing changed. */
  setHolders(holders: readonly Holder[]): IsConcerned | undefined {
    if (holders === this.#holders) return undefined;
    this.#holders = holders;
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
    const before = this.#tenancy;
    const now = tenancyOf(this.#port, this.#holders, this.#facts.ownership);
    this.#tenancy = now;
    this.#users = undefined;
    return (at) => !isSameVerdict(before.verdictOf(at), now.verdictOf(at));
  }

  #isUser(holder: Holder): boolean {
    const { project, service = "" } = holder;
    const isHere = this.#endpoints.has(tenantName(holder));
    return isHere && this.#tenancy.verdictOf({ project, service }).admission.is === "admitted";
  }
}
