import { createHash } from "node:crypto";
import {
  claimKey,
  encode,
  endpointKey,
  nodeKey,
  ordinaryProxies,
  refuseLabel,
  rejectionsKey,
  settingsKey,
  type Address,
  type ClaimRecord,
  type EndpointRecord,
  type NodeRecord,
  type ProxyRecord,
  type RejectionsRecord,
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
  readonly image?: string;
  readonly settings?: EndpointRecord["settings"];
  readonly createdAt?: string;
};

/** Records of a registry, said in sentences: `given().service("shop", "db").endpoint({ … })`. */
export class Given {
  readonly stored: Stored[] = [];
  #revision: bigint;
  #service = { project: "shop", service: "db" };
  #isClaiming = false;

  constructor(revision = 0n) {
    this.#revision = revision;
  }

  get revision(): bigint {
    return this.#revision;
  }

  /** What follows is of this service, whose project claims the front ports. */
  service(project: string, service: string): this {
    this.of(project, service);
    this.#isClaiming = true;
    return this;
  }

  /** What follows is of this service, whose project claims nothing. */
  of(project: string, service: string): this {
    this.#service = { project, service };
    this.#isClaiming = false;
    return this;
  }

  endpoint(facts: EndpointFacts = {}): this {
    const record = endpointRecord(facts);
    const ports = this.#isClaiming ? record.listen.map(({ port }) => port) : [];
    for (const port of new Set(ports)) this.claim(this.#service.project, port);
    return this.put(keyOf(this.#service, facts), encode(record));
  }

  /** A project claims a front port, unless it has done so here. */
  claim(project: string, port: number, createRevision?: bigint): this {
    const key = keyOfClaim(project, port);
    if (this.stored.some((each) => each.key === key)) return this;
    const record: ClaimRecord = { v: 1, claimedAt: claimedAt(createRevision ?? this.#revision + 1n), by: "node-1" };
    return this.put(key, encode(record), createRevision);
  }

  /** An operator sets something for a service. */
  operator(project: string, service: string, settings: Readonly<Record<string, string>>): this {
    return this.put(settingsKey({ project, service }), JSON.stringify({ v: 1, settings }));
  }

  /** The registrar of node-1 refuses a label of a container of that service. */
  refusal(container = "one"): this {
    const label = "aliyun.proxy.TCP_PORTS";
    const rejections = [refuseLabel({ code: "not-a-port", label, value: "abc", reason: "no port" })];
    const id = idOf(container);
    const named = { id, name: container, image: "redis" };
    const record: RejectionsRecord = { v: 1, ...this.#service, container: named, rejections };
    return this.put(rejectionsKey("node-1", id.slice(0, 12)), encode(record));
  }

  node(node: string, facts: Partial<NodeRecord> = {}): this {
    return this.put(nodeKey(node), encode(nodeRecord(facts)));
  }

  put(key: string, value: string, createRevision?: bigint): this {
    const modRevision = (this.#revision += 1n);
    this.stored.push({ key, value, createRevision: createRevision ?? modRevision, modRevision, lease: undefined });
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

/** When a claim of a revision was made. */
export function claimedAt(createRevision: bigint): string {
  return new Date(Date.UTC(2026, 10, 22, 8) + 1000 * Number(createRevision)).toISOString();
}

export function keyOfClaim(project: string, port: number): string {
  return claimKey({ balancer: ordinaryProxies, project, service: undefined, port, name: undefined });
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
  const { createdAt = "2026-11-22T08:00:00.000Z" } = facts;
  const { container = "one", state = "ready", addresses = [bridge("172.17.0.2")], image = "redis:alpine" } = facts;
  return {
    v: 1,
    state,
    addresses: [...addresses],
    listen: facts.listen ?? [{ port: 6379, ssl: false }],
    claims: [],
    settings: facts.settings ?? {},
    container: { id: idOf(container), name: container, image, createdAt },
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

/** The record of a proxy in the namespace of node-1 that serves all there is at revision 9. */
export function proxyRecord(facts: Partial<ProxyRecord> = {}): ProxyRecord {
  return {
    v: 1,
    version: "0.1.0",
    scope: ["endpoints/"],
    vantage: { kind: "node", node: "node-1", networks: [] },
    appliedRevision: "9",
    appliedAt: "2026-01-01T00:00:00Z",
    listeners: 1,
    servers: { ready: 1, drain: 0, maint: 0, orphaned: 0 },
    rejections: { count: 0, first: [] },
    haproxy: { version: "2.6.12", pid: 9 },
    lastError: null,
    ...facts,
  };
}
