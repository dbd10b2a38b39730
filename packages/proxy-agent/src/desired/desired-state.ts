import { EventEmitter } from "node:events";
import { frontOf, nameOfFront, portOfFront, type Front } from "@fairway/contract";
import type { Listener, Sections } from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { RegistryCache } from "../registry/cache.ts";
import { firstAt, ownershipAt } from "./name-owner.ts";
import type { Desired, EndpointRejection, ListenerFacts, Wanted } from "./desired.ts";
import { remakeEmpty, writeAllEmpty, type EmptyListener } from "./empty-listener.ts";
import { ListenerBuilder } from "./listener-builder.ts";
import { Listeners } from "./listeners.ts";
import { ListenerGraces } from "./listener-graces.ts";
import { ListenerRejections, type FrontRejection } from "./listener-rejections.ts";
import type { Owner } from "./port-owner.ts";
import { refusePort } from "./listen-ports.ts";
import { ProjectPorts } from "./project-ports.ts";
import { isSameSet } from "./usable-addresses.ts";

/** What {@link DesiredState} works with. */
export type DesiredStateOptions = {
  readonly cache: RegistryCache;
  readonly facts: ListenerFacts;
  /** The addresses of this machine's interfaces now; undefined: they cannot be read. */
  readonly ownAddresses: () => ReadonlySet<string> | undefined;
  readonly sections: Sections;
  /** LISTENER_GRACE: a restart of a single replica reloads nothing. */
  readonly listenerGraceMs: number;
  /** Empty listeners that an earlier agent kept. */
  readonly empty: readonly EmptyListener[];
  /** True: what an earlier agent knew is served until the registry was listed, as no HAProxy runs. */
  readonly isServingSnapshot: boolean;
  /** Ms since 1970; never jumps back. */
  readonly now: () => number;
  readonly log: Pick<Log, "warn">;
  readonly signal: AbortSignal;
};

/**
 * What HAProxy should hold by the cache, the settings, and where the proxy stands. Only endpoints that changed are
 * decided again. Emits `change` when {@link take} may give something else.
 */
export class DesiredState extends EventEmitter<{ change: [] }> {
  readonly #options: DesiredStateOptions;
  readonly #alarm: WorkQueue<"grace">;
  readonly #graces: ListenerGraces;
  readonly #builders = new Map<Front, ListenerBuilder>();
  readonly #projectPorts = new ProjectPorts();
  /** Ports whose builders took something in since their listeners were last concluded. */
  readonly #touched = new Set<Front>();
  readonly #listeners = new Listeners();
  /** True while the listener of a port is new since the last call: that takes a reload anyway. */
  #isAnyNew = false;
  #facts: ListenerFacts;
  #sections: Sections;
  /** Undefined: to be put together anew. */
  #desired: Desired | undefined;
  readonly #rejections: ListenerRejections;

  constructor(options: DesiredStateOptions) {
    super();
    const { cache, facts, sections, listenerGraceMs, empty, log, signal } = options;
    this.#rejections = new ListenerRejections(this.#builders, log);
    this.#graces = new ListenerGraces(listenerGraceMs);
    this.#options = options;
    this.#facts = facts;
    this.#sections = sections;
    for (const each of empty) this.#keepEmpty(each);
    cache.on("change", () => this.emit("change"));
    this.#alarm = new WorkQueue({ work: async () => void this.emit("change"), onError: () => undefined, signal });
  }

  /** Decides what changed since the last call. Undefined: nothing may be applied yet. */
  take(): Wanted | undefined {
    const { cache, isServingSnapshot, now } = this.#options;
    if (!cache.isComplete && !isServingSnapshot) return undefined;
    const { changed, isResync, sinceMs } = cache.takeChanges(now());
    this.#lookAround(isResync);
    if (isResync) for (const front of this.#allFronts()) this.#decide(front, undefined);
    else for (const [front, keys] of changed) this.#decide(front, keys);
    this.#concludeTouched();
    this.#removeEmpty();
    this.#setAlarm();
    this.#desired ??= this.#assemble();
    return { desired: this.#desired, revision: cache.revision, sinceMs };
  }

  /** Takes other sections from now on. */
  setSections(sections: Sections): void {
    this.#sections = sections;
    this.#desired = undefined;
    this.emit("change");
  }

  /** Makes TLS listeners, or TLS towards servers, of this from now on. */
  setTls(tls: Partial<Pick<ListenerFacts, "tls" | "authorities">>): void {
    this.#setFacts({ ...this.#facts, ...tls });
    this.emit("change");
  }

  /** Takes another vantage, project and scope, what is told of its machine, and other rules for ports, from now on. */
  move({ vantage, here, ownership, ports }: Pick<ListenerFacts, "vantage" | "here" | "ownership" | "ports">): void {
    const { published, hostPortsKey, hostAddresses } = here;
    const known = { ...this.#facts.here, published, hostPortsKey, hostAddresses };
    this.#setFacts({ ...this.#facts, vantage, here: known, ownership, ports });
    this.emit("change");
  }

  /** What listeners are made of now. */
  get facts(): ListenerFacts {
    return this.#facts;
  }

  /** What the registry asks for and this proxy does not serve, in order. */
  rejections(): readonly EndpointRejection[] {
    return this.#rejections.all();
  }

  /** The same, with the front port that is asked for, or a name there. */
  rejectionsByFront(): readonly FrontRejection[] {
    return this.#rejections.byFront();
  }

  /** Whose a front port is, or a name there; undefined: nobody claims it. */
  ownerOf(front: Front): Owner | undefined {
    const { cache } = this.#options;
    const at = { holders: cache.holdersOf(front), neighbours: cache.neighboursAt(portOfFront(front)) };
    return (this.#builders.get(front) ?? ownershipAt(front, at, this.#facts.ownership)).owner;
  }

  /** Listeners whose last endpoint left, for the snapshot. */
  empty(): EmptyListener[] {
    return writeAllEmpty(this.#graces.empty, this.#listeners);
  }

  /** Something changes by itself when a grace has passed, or a claim's turn has come. */
  #setAlarm(): void {
    const { cache, now } = this.#options;
    const nextEnd = Math.min(this.#graces.nextEnd() ?? Infinity, cache.nextHolder);
    if (nextEnd < Infinity) this.#alarm.addAfter("grace", Math.max(nextEnd - now(), 10));
  }

  /** Interfaces change seldom, and nobody tells: they are read at each resync. */
  #lookAround(isResync: boolean): void {
    const { cache, ownAddresses } = this.#options;
    const { here, vantage } = this.#facts;
    const addresses = (isResync ? ownAddresses() : undefined) ?? here.addresses;
    const nodeAddress = cache.nodeAddress(vantage.node);
    const zone = cache.zoneOf(vantage.node);
    const published = here.hostPortsKey === undefined ? here.published : cache.hostPorts.portsAt(here.hostPortsKey);
    const isSameNode = nodeAddress === here.nodeAddress && zone === (here.zone ?? "") && published === here.published;
    if (isSameNode && isSameSet(addresses, here.addresses)) return;
    this.#setFacts({ ...this.#facts, here: { ...here, addresses, nodeAddress, zone, published } });
  }

  #setFacts(facts: ListenerFacts): void {
    this.#facts = facts;
    for (const [front, builder] of this.#builders) {
      builder.setFacts(facts);
      this.#touch(front, builder);
    }
    const kept = [...this.#listeners.values()].filter((listener) => !this.#builders.has(frontOf(listener)));
    for (const listener of kept) this.#setListener(frontOf(listener), remakeEmpty(listener, facts));
    this.#concludeTouched();
  }

  #allFronts(): Iterable<Front> {
    return new Set([...this.#options.cache.endpoints.fronts(), ...this.#builders.keys()]);
  }

  /** Decides endpoints of one listener again; undefined: all of them. */
  #decide(front: Front, keys: ReadonlySet<string> | undefined): void {
    const { cache } = this.#options;
    const known = this.#builders.get(front);
    const builder = known ?? new ListenerBuilder(front, this.#facts);
    this.#builders.set(front, builder);
    builder.setHolders(cache.holdersOf(front), cache.neighboursAt(portOfFront(front)));
    if (known && keys) for (const key of keys) builder.set(key, cache.at(front, key));
    else builder.setAll(cache.atPort(front));
    this.#touch(front, builder);
  }

  /** Its projects may have too many ports by it, or another one no longer. */
  #touch(front: Front, builder: ListenerBuilder): void {
    this.#touched.add(front);
    for (const other of this.#projectPorts.set(front, builder.users)) this.#touched.add(other);
  }

  #concludeTouched(): void {
    for (const front of this.#touched) {
      const builder = this.#builders.get(front);
      if (builder) this.#conclude(front, builder);
    }
    this.#touched.clear();
  }

  #conclude(front: Front, builder: ListenerBuilder): void {
    builder.setBeyond(this.#projectPorts.beyondAt(front));
    const before = this.#listeners.get(front);
    const built = builder.build();
    const listener = built ?? this.#lingering(before);
    if (built) this.#onServed(front, before);
    this.#setListener(front, listener);
    // A name's stays until its grace has passed: the frontend of its port asks whose it is.
    if (builder.isEmpty && (!listener || nameOfFront(front) === undefined)) this.#builders.delete(front);
    this.#rejections.take(builder);
  }

  #setListener(front: Front, listener: Listener | undefined): void {
    if (listener !== this.#listeners.get(front)) this.#desired = undefined;
    this.#listeners.set(front, listener);
  }

  #onServed(front: Front, before: Listener | undefined): void {
    this.#isAnyNew ||= before === undefined && nameOfFront(front) === undefined;
    if (before === undefined || this.#graces.empty.has(front)) this.#graces.onServed(front, this.#options.now());
  }

  /** A listener whose last endpoint left stays without servers until its grace has passed. */
  #lingering(before: Listener | undefined): Listener | undefined {
    if (!before) return undefined;
    this.#graces.onEmpty(frontOf(before), this.#options.now());
    return remakeEmpty(before.servers.length === 0 ? before : { ...before, servers: [] }, this.#facts);
  }

  #removeEmpty(): void {
    for (const front of this.#graces.takeOver(this.#options.now(), this.#isAnyNew)) {
      this.#listeners.set(front, undefined);
      if (this.#builders.get(front)?.isEmpty) this.#builders.delete(front);
      this.#desired = undefined;
    }
    this.#isAnyNew = false;
  }

  #assemble(): Desired {
    const namesAt = (port: number) => ({
      askedAt: (front: Front) => this.#builders.get(front),
      decides: firstAt(port, this.#options.cache.neighboursAt(port) ?? [], this.#facts.ownership)?.project,
    });
    return { sections: this.#sections, listeners: this.#listeners.assemble(this.#facts, namesAt) };
  }

  #keepEmpty({ listener, emptySince }: EmptyListener): void {
    const remade = remakeEmpty(listener, this.#facts);
    if (refusePort(listener.port, this.#facts.ports) || remade === undefined) return;
    this.#listeners.set(frontOf(listener), remade);
    this.#graces.onEmpty(frontOf(listener), emptySince);
  }
}
