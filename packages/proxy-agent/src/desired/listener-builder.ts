import { nameOfFront, partsOfFront, portOfFront, type Front } from "@fairway/contract";
import {
  changeServers,
  type Listener,
  type ListenerList,
  type ListenerSettings,
  type Server,
  type SortedServers,
} from "@fairway/haproxy";
import { isSameCached, type CachedEndpoint } from "../registry/cached-endpoint.ts";
import { rejectLosers, winnerOf, type Candidate } from "./address-conflicts.ts";
import { SectionLines } from "./section-lines.ts";
import { Arrangement } from "./arrangement.ts";
import { isSameListener, listenerSettings, type EndpointRejection, type ListenerFacts } from "./desired.ts";
import type { PortHolder } from "../registry/port-holder.ts";
import type { Neighbours } from "./name-owner.ts";
import type { Owner } from "./port-owner.ts";
import { hintsAtName } from "./name-hints.ts";
import { PortHolders, type IsConcerned } from "./port-holders.ts";
import { decideEndpoint, isSameServer } from "./endpoint-to-server.ts";
import { ToldRejections } from "./told-rejections.ts";
import { isAnyGreeted } from "./tls-asked.ts";
import { TlsChoice } from "./tls-choice.ts";
import { SettingsChoice } from "./settings-choice.ts";

/** One endpoint, and what it comes to. */
type Decided = {
  readonly cached: CachedEndpoint;
  /** Its service, if it can be served, even while it takes no traffic yet. */
  readonly service: string | undefined;
  readonly holder: PortHolder | undefined;
  /** Whether it asks for TLS; undefined: it could not be served with or without. */
  readonly ssl: boolean | undefined;
  /** Of its server, by itself. */
  readonly weight: number | undefined;
  readonly candidate: Candidate | undefined;
  readonly rejections: readonly EndpointRejection[];
};

/**
 * The listener of one front port, built endpoint by endpoint: one change costs hardly more among many than alone, as
 * a list is copied and walked, some nanoseconds a server. The listener depends on the endpoints alone, never on the
 * order in which they came.
 */
export class ListenerBuilder {
  readonly #front: Front;
  readonly #port: number;
  #facts: ListenerFacts;
  readonly #holders: PortHolders;
  readonly #settings: SettingsChoice;
  readonly #tls = new TlsChoice();
  readonly #lines = new SectionLines();
  readonly #arrangement = new Arrangement();
  readonly #decided = new Map<string, Decided>();
  /** Several at one address contend for it. */
  readonly #atAddress = new Map<string, readonly Candidate[]>();
  /** How many endpoints of each service can be served. */
  readonly #services = new Map<string, number>();
  /** By the endpoint's key or, for those that another one displaces, by address. */
  readonly #rejections = new ToldRejections();
  /** Addresses that changed since the last build, with the server that stood there then. */
  readonly #changed = new Map<string, Server | undefined>();
  /** How many endpoints are at addresses of this machine. */
  #locals = 0;
  #servers: SortedServers<Server> = [];
  #listener: Listener | undefined;

  constructor(front: Front, facts: ListenerFacts) {
    const port = portOfFront(front);
    this.#front = front;
    this.#port = port;
    this.#facts = facts;
    this.#holders = new PortHolders(front, facts);
    this.#settings = new SettingsChoice({ port, balance: facts.balance, trust: facts.trust, defaults: facts.defaults });
  }

  /** Whose the port is; undefined: nobody claims it. */
  get owner(): Owner | undefined {
    return this.#holders.owner;
  }

  /** Who may connect, by what its containers ask for. */
  get lists(): readonly ListenerList[] {
    return this.#settings.lists;
  }

  /** The holders that use the port: the same object until that changes. */
  get users(): readonly PortHolder[] {
    return this.#holders.users;
  }

  /** True when it holds no endpoint. */
  get isEmpty(): boolean {
    return this.#decided.size === 0;
  }

  /** Takes in one endpoint as it stands behind the port now; undefined: it does not. */
  set(key: string, cached: CachedEndpoint | undefined): void {
    const before = this.#decided.get(key);
    if (isSameCached(before?.cached, cached)) return;
    this.#replace(key, before, cached && this.#decide(cached, before?.candidate?.server));
  }

  /** Takes in all that stands behind the port now. */
  setAll(endpoints: readonly CachedEndpoint[]): void {
    const keys = new Set(endpoints.map(({ endpoint }) => endpoint.key));
    for (const key of this.#decided.keys()) if (!keys.has(key)) this.set(key, undefined);
    for (const cached of endpoints) this.set(cached.endpoint.key, cached);
  }

  /**
   * Takes in who holds the port now, oldest first, and who else is there where somebody has names. Endpoints whose holders
   * may do what they might before stay as they are.
   */
  setHolders(holders: readonly PortHolder[], neighbours?: Neighbours): void {
    const isConcerned = this.#holders.setHolders(holders, neighbours);
    if (isConcerned) this.#judgeAgain(isConcerned);
  }

  /** Takes in which projects have too many ports by this one: their endpoints are refused. */
  setBeyond(projects: ReadonlySet<string>): void {
    const isConcerned = this.#holders.setBeyond(projects);
    if (isConcerned) this.#judgeAgain(isConcerned);
  }

  /** Decides all endpoints again. */
  setFacts(facts: ListenerFacts): void {
    this.#facts = facts;
    this.#holders.setFacts(facts);
    this.#judgeAgain(() => true);
  }

  /**
   * The listener, with several services on one port sharing it. It exists as soon as one endpoint can be reached, even
   * if that one takes no traffic yet. The same object as before when nothing changed.
   */
  build(): Listener | undefined {
    if (this.#tls.settle(this.#decided.values())) this.#judgeAgain(() => true);
    const moved = this.#arrangement.settle(this.#settings.choosing, this.#facts, this.#decided);
    for (const key of moved) this.#decideAgain(key);
    const servers = this.#currentServers();
    const services = [...this.#services.keys()].sort();
    const settings = this.#listenerSettings();
    this.#rejections.set("settings", this.#settings.rejections);
    this.#rejections.set("name", hintsAtName(this.#front, this.#settings.groups, this.#holders.decides));
    const greeted = isAnyGreeted(this.#front, this.#decided.values()) ? { isGreeted: true } : {};
    const common = { ...partsOfFront(this.#front), ssl: this.#tls.isTls, ...greeted, services, settings, servers };
    const next = this.#locals > 0 ? { ...common, hasLocalServers: true } : common;
    if (services.length === 0) this.#listener = undefined;
    else if (!isSameListener(this.#listener, next)) this.#listener = next;
    return this.#listener;
  }

  #listenerSettings(): ListenerSettings {
    const [port, { isTls }] = [this.#port, this.#tls];
    if (nameOfFront(this.#front) !== undefined) return this.#lines.ofName(this.#settings, this.#facts);
    const chosen = this.#lines.of(this.#settings, { port, isTls }, this.#facts);
    return listenerSettings({ port, ssl: isTls }, this.#facts, chosen);
  }

  /** What is not served as of the last build, in no order. */
  rejections(): readonly EndpointRejection[] {
    return this.#rejections.all();
  }

  /** What is not served since the last call, or for another reason than before; undefined: no rejection changed. */
  takeNewRejections(): readonly EndpointRejection[] | undefined {
    return this.#rejections.takeNew();
  }

  /** Tells anew of the port, and decides the endpoints of these projects again. */
  #judgeAgain(isConcerned: IsConcerned): void {
    const { hint } = this.#holders;
    this.#rejections.set("owner", hint ? [hint] : []);
    for (const [key, before] of this.#decided) {
      if (isConcerned(before.cached.endpoint.at)) this.#decideAgain(key, before);
    }
  }

  #decideAgain(key: string, before = this.#decided.get(key)): void {
    if (before) this.#replace(key, before, this.#decide(before.cached, before.candidate?.server));
  }

  /** A server that comes out as it was stays the same object: a restarted registrar writes all of its records again. */
  #decide(cached: CachedEndpoint, former: Server | undefined): Decided {
    const { endpoint } = cached;
    const { admission, holder } = this.#holders.verdictOf(endpoint.at);
    const asked = {
      front: this.#front,
      admission,
      isTls: this.#tls.decision,
      arranged: this.#arrangement.of(endpoint.key),
    };
    const decided = decideEndpoint(cached, asked, this.#facts);
    const { isServable, address, ssl, weight, rejections } = decided;
    const server = former && decided.server && isSameServer(former, decided.server) ? former : decided.server;
    const candidate = server && { cached, holder, server, address };
    return { cached, service: isServable ? endpoint.service : undefined, holder, ssl, weight, candidate, rejections };
  }

  #replace(key: string, before: Decided | undefined, now: Decided | undefined): void {
    if (now) this.#decided.set(key, now);
    else this.#decided.delete(key);
    this.#arrangement.set(key, now);
    if (now && !before) this.#holders.count(now.cached.endpoint.at, 1);
    if (before && !now) this.#holders.count(before.cached.endpoint.at, -1);
    this.#tls.count(now?.ssl, 1);
    this.#tls.count(before?.ssl, -1);
    if (now?.service !== undefined) this.#count(now.service, 1);
    if (before?.service !== undefined) this.#count(before.service, -1);
    const [left, entered] = [before?.candidate, now?.candidate];
    this.#locals += Number(entered?.server.isLocal ?? false) - Number(left?.server.isLocal ?? false);
    if (left) this.#change(left.address, (others) => others.filter((each) => each !== left));
    if (entered) this.#change(entered.address, (others) => [...others, entered]);
    const { service, cached, holder } = now ?? {};
    this.#settings.set(key, service === undefined || !cached ? undefined : { endpoint: cached.endpoint, holder });
    this.#rejections.set(key, now?.rejections ?? []);
  }

  #count(service: string, by: number): void {
    const count = (this.#services.get(service) ?? 0) + by;
    if (count === 0) this.#services.delete(service);
    else this.#services.set(service, count);
  }

  #change(address: string, change: (candidates: readonly Candidate[]) => readonly Candidate[]): void {
    const before = this.#atAddress.get(address) ?? [];
    if (!this.#changed.has(address)) this.#changed.set(address, winnerOf(before)?.server);
    const now = change(before);
    if (now.length === 0) this.#atAddress.delete(address);
    else this.#atAddress.set(address, now);
  }

  #currentServers(): SortedServers<Server> {
    const put: Server[] = [];
    const remove: string[] = [];
    for (const [address, before] of this.#changed) {
      const candidates = this.#atAddress.get(address) ?? [];
      const winner = winnerOf(candidates);
      this.#rejections.set(`address ${address}`, winner ? rejectLosers(winner, candidates) : []);
      if (winner?.server === before) continue;
      if (before) remove.push(before.name);
      if (winner) put.push(winner.server);
    }
    this.#changed.clear();
    if (put.length + remove.length > 0) this.#servers = changeServers(this.#servers, { put, remove });
    return this.#servers;
  }
}
