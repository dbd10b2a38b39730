import type { Address } from "@fairway/contract";
import type { SeenEndpoint } from "./seen.ts";

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

/** Front ports, each with the keys of the endpoints there that changed. */
export type ChangedKeys = Iterable<readonly [port: number, keys: ReadonlySet<string>]> & { readonly size: number };

/**
 * Endpoints by key, found again by front port, service and address without a look at the others. Notes by front port
 * which of them changed, came or went.
 */
export class EndpointStore {
  readonly #byKey = new Map<string, SeenEndpoint>();
  readonly #byPort = new MultiMap<number, SeenEndpoint>();
  readonly #byService = new MultiMap<string, SeenEndpoint>();
  readonly #byAddress = new MultiMap<string, SeenEndpoint>();
  #changed = new MultiMap<number, string>();
  #changes = 0;

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
    const found = addressesOf(endpoint).flatMap((address) => [...this.#byAddress.get(address)]);
    return found.filter(({ key }) => key !== endpoint.key);
  }

  /** Takes an endpoint in, in place of the one with its key. */
  put(endpoint: SeenEndpoint): void {
    this.remove(endpoint.key);
    this.#byKey.set(endpoint.key, endpoint);
    for (const port of portsOf(endpoint)) this.#byPort.add(port, endpoint);
    for (const address of addressesOf(endpoint)) this.#byAddress.add(address, endpoint);
    this.#byService.add(endpoint.service, endpoint);
    this.noteChange(endpoint);
  }

  remove(key: string): void {
    const endpoint = this.#byKey.get(key);
    if (!endpoint) return;
    this.#byKey.delete(key);
    for (const port of portsOf(endpoint)) this.#byPort.delete(port, endpoint);
    for (const address of addressesOf(endpoint)) this.#byAddress.delete(address, endpoint);
    this.#byService.delete(endpoint.service, endpoint);
    this.noteChange(endpoint);
  }

  /** Something that decides about an endpoint changed beside its record. */
  noteChange(endpoint: SeenEndpoint): void {
    this.#changes += 1;
    for (const port of portsOf(endpoint)) this.#changed.add(port, endpoint.key);
  }

  /** How many changes there have been: the same number as before means that nothing changed. */
  get changes(): number {
    return this.#changes;
  }

  /** What changed since the last call. */
  takeChanged(): ChangedKeys {
    const changed = this.#changed;
    this.#changed = new MultiMap();
    return changed;
  }
}

/** The front ports that an endpoint asks for. */
export function portsOf({ listen }: SeenEndpoint): readonly number[] {
  return listen.map(({ port }) => port);
}

/** What tells an address apart: those of a local network mean something on their node alone. */
function addressesOf({ at, addresses }: SeenEndpoint): readonly string[] {
  return addresses.map((address) => `${realmOf(address, at.node)} ${address.ip} ${address.port}`);
}

function realmOf(address: Address, node: string): string {
  if (address.via === "node") return "node";
  return address.scope === "swarm" ? `network ${address.networkId}` : `local ${node}`;
}
