import { createHash } from "node:crypto";
import {
  encode,
  endpointKey,
  nodeKey,
  serviceKey,
  type Address,
  type EndpointRecord,
  type NodeRecord,
} from "@fairway/contract";
import { type Stored, type SubscriptionEvent } from "@fairway/registry";

/** What one endpoint of a test is like; the rest is filled in. */
export type EndpointFacts = {
  readonly node?: string;
  readonly container?: string;
  readonly state?: EndpointRecord["state"];
  readonly addresses?: readonly Address[];
  readonly listen?: EndpointRecord["listen"];
  readonly port?: number;
};

/** Records of a registry, said in sentences: `given().service("shop", "db").endpoint({ … })`. */
export class Given {
  readonly stored: Stored[] = [];
  #revision: bigint;
  #service = { project: "shop", service: "db" };

  constructor(revision = 0n) {
    this.#revision = revision;
  }

  get revision(): bigint {
    return this.#revision;
  }

  service(project: string, service: string): this {
    return this.of(project, service).put(serviceKey(this.#service), encode({ v: 1 }));
  }

  /** What follows is of this service; its record is not put. */
  of(project: string, service: string): this {
    this.#service = { project, service };
    return this;
  }

  endpoint(facts: EndpointFacts = {}): this {
    return this.put(keyOf(this.#service, facts), encode(endpointRecord(facts)));
  }

  node(node: string, facts: Partial<NodeRecord> = {}): this {
    return this.put(nodeKey(node), encode(nodeRecord(facts)));
  }

  put(key: string, value: string): this {
    this.#revision += 1n;
    this.stored.push({ key, value, createRevision: this.#revision, modRevision: this.#revision, lease: undefined });
    return this;
  }

  /** The records as a new session lists them. */
  listed(): SubscriptionEvent {
    const byKey = new Map(this.stored.map((each) => [each.key, each]));
    return { type: "listed", listing: { revision: this.#revision, stored: [...byKey.values()] } };
  }

  /** The records as a watch tells them. */
  changed(): SubscriptionEvent {
    const changes = this.stored.map((stored) => ({ type: "put", stored }) as const);
    return { type: "changed", revision: this.#revision, changes };
  }
}

export function given(revision?: bigint): Given {
  return new Given(revision);
}

/** A watch that tells of deleted keys. */
export function deleted(revision: bigint, ...keys: readonly string[]): SubscriptionEvent {
  return { type: "changed", revision, changes: keys.map((key) => ({ type: "delete", key, modRevision: revision })) };
}

export function keyOf(service: { project: string; service: string }, facts: EndpointFacts = {}): string {
  const { node = "node-1", container = "one", port = 6379 } = facts;
  return endpointKey({ ...service, port, node, container12: idOf(container).slice(0, 12) });
}

/** The address of a container on its node's default bridge. */
export function bridge(ip: string, port = 6379): Address {
  return { via: "network", networkId: "b".repeat(64), network: "bridge", scope: "local", driver: "bridge", ip, port };
}

export function swarm(ip: string, port = 6379): Address {
  return { via: "network", networkId: "5".repeat(25), network: "mesh", scope: "swarm", driver: "overlay", ip, port };
}

export function published(ip: string, port: number): Address {
  return { via: "node", ip, port };
}

export function endpointRecord(facts: EndpointFacts = {}): EndpointRecord {
  const { container = "one", state = "ready", addresses = [bridge("172.17.0.2")] } = facts;
  return {
    v: 1,
    state,
    addresses: [...addresses],
    listen: facts.listen ?? [{ port: 6379, ssl: false }],
    claims: [],
    settings: {},
    container: { id: idOf(container), name: container, image: "redis:alpine", createdAt: "2026-11-22T08:00:00.000Z" },
    reportedAt: "2026-11-22T08:00:01.120Z",
  };
}

export function nodeRecord(facts: Partial<NodeRecord> = {}): NodeRecord {
  return {
    v: 1,
    address: "198.18.0.11",
    zone: "",
    version: "0.1.0",
    engineId: "engine-1",
    bootId: "boot-1",
    lease: "0568a20269708f05",
    session: "session-1",
    synced: true,
    ...facts,
  };
}

function idOf(container: string): string {
  return createHash("sha256").update(container).digest("hex");
}
