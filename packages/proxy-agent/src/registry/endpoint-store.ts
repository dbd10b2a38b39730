import { frontOf, nameOfFront, ordinaryProxies, portOfFront, type Address, type Front } from "@fairway/contract";
import { FrontPorts, type PortUser, type SeenAt } from "./front-ports.ts";
import type { SeenEndpoint } from "./seen.ts";
import { holderOf } from "./holder.ts";

/** Values under keys; a key without values does not exist. */
export class MultiMap<K, V> {
  readonly #sets = new Map<K, Set<V>>();

  get size(): number {
    return this.#sets.size;
  }

  add(key: K, value: V): void {
    const set = this.#sets.get(key);
    if (set) set.add(value);
    else this.#sets.set(key, new Set([value]));
  }

  delete(key: K, value: V): void {
    const set = this.#sets.get(key);
    if (set?.delete(value) && set.size === 0) this.#sets.delete(key);
  }

  get(key: K): ReadonlySet<V> {
    return this.#sets.get(key) ?? none;
  }

  keys(): IterableIterator<K> {
    return this.#sets.keys();
  }

  [Symbol.iterator](): IterableIterator<[K, ReadonlySet<V>]> {
    return this.#sets.entries();
  }
}

const none: ReadonlySet<never> = new Set();

/** Front ports, and names there, where something changed, each with the keys of the endpoints that did; none: their holders did. */
export type ChangedKeys = ReadonlyMap<Front, ReadonlySet<string>>;

/**
 * Endpoints by key, found again by front port and address without a look at the others. Notes by front port which of
 * them changed, came or went.
 */
export class EndpointStore {
  readonly #byKey = new Map<string, SeenEndpoint>();
  readonly #byFront = new MultiMap<Front, SeenEndpoint>();
  readonly #byAddress = new MultiMap<string, SeenEndpoint>();
  /** Who claims each front port, and which projects have endpoints there. */
  readonly frontPorts = new FrontPorts((front) => this.#changedAt(front));
  readonly #balancer: string;
  #changed = new Map<Front, Set<string>>();
  #changes = 0;

  /** `balancer`: the load balancer whose front ports count; `*`: those of the ordinary proxies. */
  constructor(balancer = ordinaryProxies) {
    this.#balancer = balancer;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): SeenEndpoint | undefined {
    return this.#byKey.get(key);
  }

  values(): Iterable<SeenEndpoint> {
    return this.#byKey.values();
  }

  /** Front ports, and names on them, that some endpoint asks for. */
  fronts(): Iterable<Front> {
    return this.#byFront.keys();
  }

  atPort(front: Front): ReadonlySet<SeenEndpoint> {
    return this.#byFront.get(front);
  }

  /** Other endpoints that have an address and port of this one. */
  sharing(endpoint: SeenEndpoint): readonly SeenEndpoint[] {
    const found = addressesOf(endpoint).flatMap((address) => [...this.#byAddress.get(address)]);
    return found.filter(({ key }) => key !== endpoint.key);
  }

  /** Takes an endpoint in, in place of the one with its key. `seen`: when, if it is new; else long ago. */
  put(endpoint: SeenEndpoint, seen: SeenAt = longAgo(endpoint)): void {
    // Before the former one is counted out: its project never leaves the port in between.
    for (const user of this.#usersOf(endpoint)) this.frontPorts.enter(user, seen);
    this.remove(endpoint.key);
    this.#byKey.set(endpoint.key, endpoint);
    for (const front of frontsOf(endpoint)) this.#byFront.add(front, endpoint);
    for (const address of addressesOf(endpoint)) this.#byAddress.add(address, endpoint);
    this.noteChange(endpoint);
  }

  remove(key: string): void {
    const endpoint = this.#byKey.get(key);
    if (!endpoint) return;
    this.#byKey.delete(key);
    for (const front of frontsOf(endpoint)) this.#byFront.delete(front, endpoint);
    for (const address of addressesOf(endpoint)) this.#byAddress.delete(address, endpoint);
    for (const user of this.#usersOf(endpoint)) this.frontPorts.leave(user);
    this.noteChange(endpoint);
  }

  /** Something that decides about an endpoint changed beside its record. */
  noteChange(endpoint: SeenEndpoint): void {
    for (const front of frontsOf(endpoint)) this.#changedAt(front).add(endpoint.key);
  }

  /** How many changes there have been: the same number as before means that nothing changed. */
  get changes(): number {
    return this.#changes;
  }

  /** What changed since the last call. */
  takeChanged(): ChangedKeys {
    const changed = this.#changed;
    this.#changed = new Map();
    return changed;
  }

  #usersOf(endpoint: SeenEndpoint): readonly PortUser[] {
    const { at, share } = endpoint;
    const holder = holderOf(at, this.#balancer);
    return [...new Set(frontsOf(endpoint))].map((front) => ({
      port: portOfFront(front),
      name: nameOfFront(front),
      share,
      ...holder,
    }));
  }

  #changedAt(front: Front): Set<string> {
    this.#changes += 1;
    const keys = this.#changed.get(front) ?? new Set();
    this.#changed.set(front, keys);
    return keys;
  }
}

/** When an endpoint was seen that was not seen anew. */
export function longAgo({ modRevision }: SeenEndpoint): SeenAt {
  return { now: -Infinity, age: modRevision };
}

/** The front ports, and the names on them, that an endpoint asks for. */
export function frontsOf({ listen, named }: SeenEndpoint): readonly Front[] {
  const ports = listen.map(({ port }) => port);
  return named === undefined ? ports : [...ports, ...named.map(frontOf)];
}

/** What tells an address apart: those of a local network mean something on their node alone. */
function addressesOf({ at, addresses }: SeenEndpoint): readonly string[] {
  return addresses.map((address) => `${realmOf(address, at.node)} ${address.ip} ${address.port}`);
}

function realmOf(address: Address, node: string): string {
  if (address.via === "node") return "node";
  return address.scope === "swarm" ? `network ${address.networkId}` : `local ${node}`;
}
