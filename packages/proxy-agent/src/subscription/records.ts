import {
  endpointsPrefix,
  nodeKey,
  nodesPrefix,
  parseNodeKey,
  servicesPrefix,
  type Change,
  type Listing,
  type Stored,
} from "@fairway/registry";
import { EndpointIndex, portsOf } from "./endpoint-index.ts";
import { Nodes } from "./nodes.ts";
import { readEndpoint, readNode, type Read } from "./read-stored.ts";
import type { SeenNode, UnreadableRecord } from "./seen.ts";
import { Services } from "./services.ts";
import type { ViewSnapshot } from "./view-snapshot.ts";

/** What a listing or change said. Collected by {@link Records}, acted on by the view. */
export type Told = {
  /** Front ports whose endpoints or their order changed. */
  readonly ports: Set<number>;
  /** Endpoints that the registry has. */
  readonly present: Set<string>;
  /** Endpoints that it has no longer. */
  readonly missing: Set<string>;
  readonly nodes: SeenNode[];
  /** The registry went back: a revision that was seen before may be another one now. */
  readonly isOfThePast: boolean;
};

/** The last readable record of everything in scope. Endpoints stay until someone removes them. */
export class Records {
  readonly endpoints = new EndpointIndex();
  readonly services: Services;
  readonly nodes: Nodes;
  /** Records that cannot be used; what was known from an earlier, readable one stays. */
  readonly unreadable = new Map<string, UnreadableRecord>();
  #revision: bigint;

  constructor(known?: ViewSnapshot) {
    this.#revision = known?.revision ?? 0n;
    this.services = new Services(known?.services);
    this.nodes = new Nodes(known);
    for (const endpoint of known?.endpoints ?? []) this.endpoints.put(endpoint);
  }

  get revision(): bigint {
    return this.#revision;
  }

  /** Takes in the whole truth at one revision. */
  foldListing({ revision, stored }: Listing): Told {
    const isOfThePast = this.#hasGoneBack(revision, stored);
    if (isOfThePast) this.nodes.withdrawTrust();
    const told = { ...newTold(), isOfThePast };
    for (const each of stored) this.#put(each, told);
    const listed = new Set(stored.map(({ key }) => key));
    for (const key of this.#keys()) if (!listed.has(key)) this.#delete(key, told);
    this.#revision = revision;
    return told;
  }

  /** Takes in what a watch told. */
  foldChanges(revision: bigint, changes: readonly Change[]): Told {
    const told = newTold();
    for (const change of changes) {
      if (change.type === "put") this.#put(change.stored, told);
      else this.#delete(change.key, told);
    }
    if (revision > this.#revision) this.#revision = revision;
    return told;
  }

  /** Takes in one record that was read on its own. */
  foldStored(stored: Stored): Told {
    const told = newTold();
    this.#put(stored, told);
    return told;
  }

  #hasGoneBack(revision: bigint, stored: readonly Stored[]): boolean {
    const records = stored.filter(({ key }) => key.startsWith(nodesPrefix)).map(readNode);
    const nodes = records.flatMap((read) => (read.ok ? [read.seen] : []));
    return revision < this.#revision || nodes.some((node) => this.nodes.isOlder(node));
  }

  #keys(): readonly string[] {
    return [
      ...[...this.endpoints.values()].map(({ key }) => key),
      ...this.nodes.present().map(({ node }) => nodeKey(node)),
      ...this.services.ids().map((id) => servicesPrefix + id),
      ...this.unreadable.keys(),
    ];
  }

  #put(stored: Stored, told: Told): void {
    const { key } = stored;
    if (key.startsWith(endpointsPrefix)) this.#putEndpoint(stored, told);
    if (key.startsWith(nodesPrefix)) this.#ifReadable(readNode(stored), key, (node) => this.#putNode(node, told));
    if (key.startsWith(servicesPrefix)) this.#setAge(key, stored.createRevision, told);
  }

  #putEndpoint(stored: Stored, told: Told): void {
    told.missing.delete(stored.key);
    told.present.add(stored.key);
    const isKnown = this.endpoints.get(stored.key)?.modRevision === stored.modRevision;
    if (isKnown && !told.isOfThePast) return;
    this.#ifReadable(readEndpoint(stored), stored.key, (endpoint) => addAll(told.ports, this.endpoints.put(endpoint)));
  }

  #putNode(node: SeenNode, told: Told): void {
    this.nodes.put(node);
    told.nodes.push(node);
  }

  #ifReadable<T>(read: Read<T>, key: string, use: (seen: T) => void): void {
    if (!read.ok) {
      this.unreadable.set(key, read.unreadable);
      return;
    }
    this.unreadable.delete(key);
    use(read.seen);
  }

  #delete(key: string, told: Told): void {
    this.unreadable.delete(key);
    if (key.startsWith(endpointsPrefix)) {
      told.present.delete(key);
      told.missing.add(key);
    }
    if (key.startsWith(nodesPrefix)) this.nodes.delete(parseNodeKey(key) ?? "");
    if (key.startsWith(servicesPrefix)) this.#setAge(key, undefined, told);
  }

  #setAge(key: string, age: bigint | undefined, told: Told): void {
    const id = key.slice(servicesPrefix.length);
    if (!this.services.set(id, age)) return;
    for (const endpoint of this.endpoints.ofService(id)) addAll(told.ports, portsOf(endpoint));
  }
}

function newTold(): Told {
  return { ports: new Set(), present: new Set(), missing: new Set(), nodes: [], isOfThePast: false };
}

function addAll<T>(set: Set<T>, values: Iterable<T>): void {
  for (const value of values) set.add(value);
}
