import {
  claimsPrefixOf,
  endpointsPrefix,
  hostPortsPrefix,
  nodeKey,
  nodesPrefix,
  ordinaryProxies,
  parseClaimKey,
  parseEndpointKey,
  parseNodeKey,
  settingsPrefix,
  serviceIdOf,
  type LabelTrust,
} from "@fairway/contract";
import type { Log } from "@fairway/program";
import type { Change, Listing, SeenWrite, Stored } from "@fairway/registry";
import { restored, type CertificateKeeper } from "./certificate-settings.ts";
import { newBatch, type Batch, type LearntAt } from "./batch.ts";
import { writeAge, writeRevision, type CacheSnapshot, type WrittenCache } from "./cache-snapshot.ts";
import { EndpointStore, longAgo } from "./endpoint-store.ts";
import { HostPorts } from "./host-ports.ts";
import { MissingEndpoints } from "./missing-endpoints.ts";
import { Nodes } from "./nodes.ts";
import { ServiceSettings } from "./service-settings.ts";
import {
  newestOf,
  nodesIn,
  recordOfThePast,
  readClaim,
  readEndpoint,
  readNode,
  type Read,
  type SeenNode,
  type UnreadableRecord,
} from "./seen.ts";
import { portClaimKey } from "./holder.ts";

/** What {@link CachedRecords} begin with. */
export type CachedRecordsOptions = {
  /** What an earlier agent knew. */
  readonly snapshot?: CacheSnapshot | undefined;
  /** The load balancer that the proxy is; absent: it is an ordinary proxy. */
  readonly balancer?: string | undefined;
  readonly trust?: LabelTrust;
  readonly certificates?: CertificateKeeper | undefined;
  readonly log?: Pick<Log, "warn">;
};

/** The last readable record of everything in scope. */
export class CachedRecords {
  readonly endpoints: EndpointStore;
  readonly missing: MissingEndpoints;
  /** The host ports of the own node's containers. */
  readonly hostPorts: HostPorts;
  readonly operator: ServiceSettings;
  /** Records that cannot be used; what was known from an earlier, readable one stays. */
  readonly unreadable = new Map<string, UnreadableRecord>();
  readonly #nodes: Nodes;
  readonly #log: Pick<Log, "warn"> | undefined;
  readonly #balancer: string;
  readonly #certificates: CertificateKeeper | undefined;
  #revision: bigint;

  constructor({ snapshot, balancer = ordinaryProxies, trust, certificates, log }: CachedRecordsOptions) {
    this.#log = log;
    this.#balancer = balancer;
    this.#certificates = certificates;
    this.endpoints = new EndpointStore(balancer);
    this.#revision = snapshot?.revision ?? 0n;
    this.#nodes = new Nodes(snapshot);
    this.endpoints.frontPorts.restore(snapshot?.holders ?? []);
    for (const each of snapshot?.endpoints ?? []) this.endpoints.put(restored(each, certificates), longAgo(each));
    this.endpoints.frontPorts.dropUnused();
    this.hostPorts = new HostPorts(snapshot?.hostPorts ?? []);
    this.operator = new ServiceSettings(snapshot?.settings ?? [], trust);
    const known = snapshot?.absences ?? [];
    this.missing = new MissingEndpoints({ endpoints: this.endpoints, nodes: this.#nodes, known });
  }

  /** The revision up to which everything is held. */
  get revision(): bigint {
    return this.#revision;
  }

  get nodes(): Pick<Nodes, "present" | "machineOf" | "addressOf" | "zoneOf" | "changes"> {
    return this.#nodes;
  }

  /** The newest write that is held, of those seen since the registry last went back. */
  newest(): SeenWrite | undefined {
    const nodes = this.#nodes.present().map(({ node, modRevision }) => ({ key: nodeKey(node), modRevision }));
    return newestOf([...nodes, ...this.endpoints.values()]);
  }

  /** Takes in the whole truth at one revision; `hasForgotten`: of a registry that does not know what was seen of it. */
  takeListing({ revision, stored }: Listing, hasForgotten: boolean, at: LearntAt): void {
    const nodes = nodesIn(stored);
    if (hasForgotten || this.#hasGoneBack(revision, nodes)) this.#distrust(revision);
    // Whether a record of an endpoint counts depends on its node.
    for (const node of nodes) this.#nodes.put(node);
    const listed = new Set(stored.map(({ key }) => key));
    const batch = newBatch(at);
    for (const each of stored) this.#put(each, batch);
    for (const key of this.#keys()) if (!listed.has(key)) this.#delete(key, batch);
    this.#revision = revision;
    this.#conclude(batch, at);
  }

  /** Takes in what differs from what is held: nodes first, as whether a record of an endpoint counts depends on its node. */
  takeDifferences(revision: bigint, changes: readonly Change[], at: LearntAt): void {
    const isNode = (change: Change) => (change.type === "put" ? change.stored : change).key.startsWith(nodesPrefix);
    const ordered = changes.toSorted((a, b) => Number(isNode(b)) - Number(isNode(a)));
    this.applyChanges(revision, ordered, at);
  }

  /** Takes in what a watch saw. */
  applyChanges(revision: bigint, changes: readonly Change[], at: LearntAt): void {
    const batch = newBatch(at);
    for (const change of changes) {
      if (change.type === "put") this.#put(change.stored, batch);
      else this.#delete(change.key, batch);
    }
    if (revision > this.#revision) this.#revision = revision;
    this.#conclude(batch, at);
  }

  /** True when a reading has a node's record that says that all its containers are in the registry. */
  hasSyncedNode({ stored }: Pick<Listing, "stored">): boolean {
    return nodesIn(stored).some((node) => this.#nodes.isSynced(node));
  }

  /** As plain data, for snapshot.json. */
  snapshot(): WrittenCache {
    const { nodes, sessions, staleSessions } = this.#nodes.toKnown();
    return {
      revision: this.#revision.toString(),
      endpoints: [...this.endpoints.values()].map(writeRevision),
      services: [],
      holders: this.endpoints.frontPorts.values().map(writeAge),
      nodes: nodes.map(writeRevision),
      absences: [...this.missing.values()],
      sessions: sessions.map(([node, seen]) => [node, [...seen]]),
      staleSessions: [...staleSessions],
      hostPorts: [...this.hostPorts.values()],
      settings: [...this.operator.values()],
    };
  }

  #hasGoneBack(revision: bigint, nodes: readonly SeenNode[]): boolean {
    return revision < this.#revision || nodes.some((node) => this.#nodes.isOlder(node));
  }

  /** Sessions seen so far tell of the past, and a revision seen so far may be another one now. */
  #distrust(revision: bigint): void {
    this.endpoints.frontPorts.keepOlderThan(revision);
    this.#nodes.withdrawTrust();
    const held = [...this.endpoints.values()];
    for (const endpoint of held) this.endpoints.put({ ...endpoint, modRevision: 0n }, longAgo(endpoint));
  }

  #keys(): readonly string[] {
    return [
      ...[...this.endpoints.values()].map(({ key }) => key),
      ...this.#nodes.present().map(({ node }) => nodeKey(node)),
      ...this.endpoints.frontPorts.claims().map((claim) => portClaimKey(this.#balancer, claim)),
      ...this.hostPorts.presentKeys(),
      ...this.operator.values().map(({ key }) => key),
      ...this.unreadable.keys(),
    ];
  }

  #put(stored: Stored, batch: Batch): void {
    const { key } = stored;
    if (key.startsWith(endpointsPrefix)) this.#putEndpoint(stored, batch);
    if (key.startsWith(nodesPrefix)) this.#ifReadable(readNode(stored), key, (node) => this.#putNode(node, batch));
    if (key.startsWith(claimsPrefixOf(this.#balancer)))
      this.#ifReadable(readClaim(stored, this.#balancer), key, (claim) => this.endpoints.frontPorts.claim(claim));
    if (key.startsWith(hostPortsPrefix)) this.#ifReadable(this.hostPorts.put(stored), key, () => undefined);
    if (key.startsWith(settingsPrefix)) this.#putSettings(stored, batch);
  }

  /** What of it cannot be used is told, and the rest holds. */
  #putSettings(stored: Stored, { services }: Batch): void {
    services.add(serviceIdOf(stored.key));
    this.#ifReadable(this.operator.put(stored), stored.key, (problem) => problem && this.#setUnreadable(problem));
  }

  #putEndpoint(stored: Stored, { present, absent, now }: Batch): void {
    const { key } = stored;
    absent.delete(key);
    present.add(key);
    const held = this.endpoints.get(key);
    if (held?.modRevision === stored.modRevision) return;
    if (!this.#isOfThePast(key)) {
      const read = readEndpoint(stored, this.#balancer, this.#certificates?.take);
      this.#ifReadable(read, key, (endpoint) => this.endpoints.put(endpoint, { now, age: stored.createRevision }));
    } else if (held === undefined) this.#setUnreadable(recordOfThePast(key));
  }

  /** Its node has not written since the registry went back: the container may be gone and its address another's. */
  #isOfThePast(key: string): boolean {
    const node = this.#nodes.get(parseEndpointKey(key)?.node ?? "");
    return node !== undefined && !this.#nodes.hasSay(node);
  }

  #putNode(node: SeenNode, { nodes }: Batch): void {
    const before = this.#nodes.whereIs(node.node);
    this.#nodes.put(node);
    nodes.push(node);
    if (before === this.#nodes.whereIs(node.node)) return;
    for (const endpoint of this.endpoints.values())
      if (endpoint.at.node === node.node) this.endpoints.noteChange(endpoint);
  }

  #ifReadable<T>(read: Read<T>, key: string, use: (seen: T) => void): void {
    if (!read.ok) return this.#setUnreadable(read.unreadable);
    this.unreadable.delete(key);
    use(read.seen);
  }

  #setUnreadable(record: UnreadableRecord): void {
    const before = this.unreadable.get(record.key);
    this.unreadable.set(record.key, record);
    if (before?.code !== record.code || before.reason !== record.reason) this.#log?.warn(record, "not served");
  }

  #delete(key: string, { present, absent, services }: Batch): void {
    this.unreadable.delete(key);
    if (key.startsWith(endpointsPrefix)) {
      present.delete(key);
      absent.add(key);
    }
    if (key.startsWith(nodesPrefix)) this.#nodes.delete(parseNodeKey(key) ?? "");
    const claim = key.startsWith(claimsPrefixOf(this.#balancer)) ? parseClaimKey(key) : undefined;
    if (claim) this.endpoints.frontPorts.unclaim(claim);
    if (key.startsWith(hostPortsPrefix)) this.hostPorts.hold(key);
    if (!key.startsWith(settingsPrefix)) return;
    this.operator.delete(key);
    services.add(serviceIdOf(key));
  }

  #conclude({ present, absent, services, nodes }: Batch, at: LearntAt): void {
    const concerned = services.size === 0 ? [] : [...this.endpoints.values()];
    for (const endpoint of concerned) if (services.has(endpoint.service)) this.endpoints.noteChange(endpoint);
    for (const key of present) this.missing.restore(key);
    for (const key of absent) this.missing.hold(key, at);
    for (const node of nodes) this.missing.onNode(node);
    if (nodes.length > 0) this.hostPorts.onNode();
  }
}
