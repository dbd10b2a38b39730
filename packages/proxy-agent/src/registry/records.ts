import {
  endpointsPrefix,
  nodeKey,
  nodesPrefix,
  parseEndpointKey,
  parseNodeKey,
  servicesPrefix,
} from "@fairway/contract";
import { type Change, type Listing, type SeenWrite, type Stored } from "@fairway/registry";
import { EndpointIndex } from "./endpoint-index.ts";
import { Nodes } from "./nodes.ts";
import { readEndpoint, readNode, type Read } from "./read-stored.ts";
import type { SeenNode, UnreadableRecord } from "./seen.ts";
import { Services } from "./services.ts";
import { Touches } from "./endpoint-index.ts";
import type { ViewSnapshot } from "./view-snapshot.ts";

/** What a listing or change said. Collected by {@link Records}, acted on by the view. */
export type Told = {
  /** Endpoints that changed, or their order. */
  readonly touched: Touches;
  /** Endpoints that the registry has. */
  readonly present: Set<string>;
  /** Endpoints that it has no longer. */
  readonly missing: Set<string>;
  readonly nodes: SeenNode[];
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

  /** The newest write that it holds, of those that it was told since the registry last went back. */
  newest(): SeenWrite | undefined {
    const nodes = this.nodes.present().map(({ node, modRevision }) => ({ key: nodeKey(node), modRevision }));
    let newest: SeenWrite | undefined;
    for (const each of [...nodes, ...this.endpoints.values()]) {
      if (each.modRevision > (newest?.modRevision ?? 0n)) newest = each;
    }
    return newest && { key: newest.key, modRevision: newest.modRevision };
  }

  /** Takes in the whole truth at one revision; `hasForgotten`: of a registry that does not know what was seen of it. */
  foldListing({ revision, stored }: Listing, hasForgotten = false): Told {
    const nodes = nodesIn(stored);
    if (hasForgotten || this.#hasGoneBack(revision, nodes)) this.#distrust();
    // Whether a record of an endpoint counts depends on its node.
    for (const node of nodes) this.nodes.put(node);
    const told = newTold();
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

  #hasGoneBack(revision: bigint, nodes: readonly SeenNode[]): boolean {
    return revision < this.#revision || nodes.some((node) => this.nodes.isOlder(node));
  }

  /** Sessions seen so far tell of the past, and a revision seen so far may be another one now. */
  #distrust(): void {
    this.nodes.withdrawTrust();
    const held = [...this.endpoints.values()];
    for (const endpoint of held) this.endpoints.put({ ...endpoint, modRevision: 0n });
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
    const held = this.endpoints.get(stored.key);
    if (held?.modRevision === stored.modRevision) return;
    if (this.#tellsOfThePast(stored)) {
      if (held === undefined) this.unreadable.set(stored.key, recordOfThePast(stored));
      return;
    }
    this.#ifReadable(readEndpoint(stored), stored.key, (endpoint) => {
      const before = this.endpoints.put(endpoint);
      for (const each of [before, endpoint]) if (each) told.touched.endpoint(each);
    });
  }

  /** Its node has not spoken since the registry went back: the container may be gone and its address another's. */
  #tellsOfThePast({ key }: Stored): boolean {
    const node = this.nodes.get(parseEndpointKey(key)?.node ?? "");
    return node !== undefined && !this.nodes.hasSay(node);
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
    for (const endpoint of this.endpoints.ofService(id)) told.touched.endpoint(endpoint);
  }
}

function newTold(): Told {
  return { touched: new Touches(), present: new Set(), missing: new Set(), nodes: [] };
}

function nodesIn(stored: readonly Stored[]): readonly SeenNode[] {
  const read = stored.filter(({ key }) => key.startsWith(nodesPrefix)).map(readNode);
  return read.flatMap((each) => (each.ok ? [each.seen] : []));
}

function recordOfThePast({ key }: Stored): UnreadableRecord {
  const reason = "the registry went back to an earlier state, and the record's node has not written since";
  return { key, code: "record-of-the-past", reason };
}
