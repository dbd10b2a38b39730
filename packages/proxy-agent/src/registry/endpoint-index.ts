import type { Address } from "@fairway/contract";
import type { SeenEndpoint } from "./seen.ts";

/** Endpoints by key, found again by front port, service and address without a look at the others. */
export class EndpointIndex {
  readonly #byKey = new Map<string, SeenEndpoint>();
  readonly #byPort = new MultiMap<number, SeenEndpoint>();
  readonly #byService = new MultiMap<string, SeenEndpoint>();
  readonly #byPlace = new MultiMap<string, SeenEndpoint>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): SeenEndpoint | undefined {
    return this.#byKey.get(key);
  }

  values(): Iterable<SeenEndpoint> {
    return this.#byKey.values();
  }

  /** Front ports that some endpoint asks for. */
  ports(): Iterable<number> {
    return this.#byPort.keys();
  }

  atPort(port: number): ReadonlySet<SeenEndpoint> {
    return this.#byPort.get(port);
  }

  ofService(id: string): ReadonlySet<SeenEndpoint> {
    return this.#byService.get(id);
  }

  /** Other endpoints that have an address and port of this one. */
  sharing(endpoint: SeenEndpoint): readonly SeenEndpoint[] {
    const found = placesOf(endpoint).flatMap((place) => [...this.#byPlace.get(place)]);
    return found.filter(({ key }) => key !== endpoint.key);
  }

  /** Takes an endpoint in. Answers the one with its key that was there. */
  put(endpoint: SeenEndpoint): SeenEndpoint | undefined {
    const before = this.remove(endpoint.key);
    this.#byKey.set(endpoint.key, endpoint);
    for (const port of portsOf(endpoint)) this.#byPort.add(port, endpoint);
    for (const place of placesOf(endpoint)) this.#byPlace.add(place, endpoint);
    this.#byService.add(endpoint.service, endpoint);
    return before;
  }

  /** Answers the one that was there. */
  remove(key: string): SeenEndpoint | undefined {
    const endpoint = this.#byKey.get(key);
    if (!endpoint) return undefined;
    this.#byKey.delete(key);
    for (const port of portsOf(endpoint)) this.#byPort.delete(port, endpoint);
    for (const place of placesOf(endpoint)) this.#byPlace.delete(place, endpoint);
    this.#byService.delete(endpoint.service, endpoint);
    return endpoint;
  }
}

/** The front ports that an endpoint asks for. */
export function portsOf({ listen }: SeenEndpoint): readonly number[] {
  return listen.map(({ port }) => port);
}

/** What tells an address apart: those of a local network mean something on their node alone. */
function placesOf({ at, addresses }: SeenEndpoint): readonly string[] {
  return addresses.map((address) => `${realmOf(address, at.node)} ${address.ip} ${address.port}`);
}

function realmOf(address: Address, node: string): string {
  if (address.via === "node") return "node";
  return address.scope === "swarm" ? `network ${address.networkId}` : `local ${node}`;
}

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

/** Front ports to look at again, each with the keys of the endpoints there that changed. */
export type Touched = Iterable<readonly [port: number, keys: ReadonlySet<string>]> & { readonly size: number };

/** Gathers what a change touches. */
export class Touches extends MultiMap<number, string> implements Touched {
  /** An endpoint came, went or changed: every front port that it asks for. */
  endpoint(endpoint: SeenEndpoint): void {
    for (const port of portsOf(endpoint)) this.add(port, endpoint.key);
  }

  all(touched: Touched): void {
    for (const [port, keys] of touched) for (const key of keys) this.add(port, key);
  }
}
