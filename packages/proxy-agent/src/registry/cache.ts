import { EventEmitter } from "node:events";
import { portOfFront, type Front } from "@fairway/contract";
import type { Listing, SeenWrite, SubscriptionEvent } from "@fairway/registry";
import type { WrittenCache } from "./cache-snapshot.ts";
import { frontsOf, type ChangedKeys, type EndpointStore } from "./endpoint-store.ts";
import type { CachedEndpoint } from "./cached-endpoint.ts";
import type { PortHolder } from "./port-holder.ts";
import type { HostPorts } from "./host-ports.ts";
import { holdMs, type MissingEndpoints } from "./missing-endpoints.ts";
import type { SeenSettings } from "./service-settings.ts";
import type { NodesSeen } from "./node-name.ts";
import { CachedRecords, type CachedRecordsOptions } from "./cached-records.ts";
import type { SeenEndpoint, UnreadableRecord } from "./seen.ts";

export type { CachedEndpoint };

/** What changed in a cache since it was last asked. */
export type CacheChanges = {
  readonly changed: ChangedKeys;
  /** True: a session began since, so everything is looked at again. */
  readonly isResync: boolean;
  /** When the earliest event of these came, ms of `performance.now()`; undefined: no event changed anything. */
  readonly sinceMs: number | undefined;
};

/** When missing endpoints are judged, and since when they waited for it (ms of `performance.now()`). */
export type SettledAt = { readonly now: number; readonly sinceMs?: number | undefined };

/**
 * The subscribed records as they were last known: fed by a subscription, read by front port. It keeps what changed
 * until {@link takeChanges}; one endpoint's change costs hardly more among many than alone. What the registry no longer
 * has stays until it is judged gone. Emits `session` when the registry was listed or compared, and `change` after each
 * event and whenever anything else changed it; `host-ports` when those of the node changed; before these, `nodes` when
 * records of nodes did. Times are ms since 1970.
 */
export class RegistryCache extends EventEmitter<{ change: []; session: []; "host-ports": []; nodes: [] }> {
  readonly #records: CachedRecords;
  #isComplete = false;
  #isConnected = false;
  #isResync = true;
  #sinceMs: number | undefined;

  constructor(options: CachedRecordsOptions = {}) {
    super();
    this.#records = new CachedRecords(options);
  }

  /** The revision up to which it holds everything. */
  get revision(): bigint {
    return this.#records.revision;
  }

  /** True once this agent has seen everything in scope. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** True while a session with the registry lasts. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  get endpoints(): Pick<EndpointStore, "size" | "get" | "fronts" | "values"> {
    return this.#records.endpoints;
  }

  get unreadable(): ReadonlyMap<string, UnreadableRecord> {
    return this.#records.unreadable;
  }

  /** Endpoints that the registry has no longer and that are still served. */
  get missing(): Pick<
    MissingEndpoints,
    "size" | "has" | "get" | "values" | "orphans" | "due" | "hasExpired" | "nextLook"
  > {
    return this.#records.missing;
  }

  /** Nodes as they were last seen. */
  get nodes(): NodesSeen {
    return this.#records.nodes;
  }

  /** Under which other nodes reach a node; undefined: that is not known. */
  nodeAddress(node: string): string | undefined {
    return this.#records.nodes.addressOf(node);
  }

  /** The zone of a node; "": it told none. */
  zoneOf(node: string): string {
    return this.#records.nodes.zoneOf(node);
  }

  /** The host ports of the own node's containers. */
  get hostPorts(): Pick<HostPorts, "at" | "due" | "portsAt"> {
    return this.#records.hostPorts;
  }

  /** What operators set for services. */
  get operatorSettings(): readonly SeenSettings[] {
    return this.#records.operator.values();
  }

  /** The endpoints behind one front port, or one name there, now, in no order. */
  atPort(front: Front): readonly CachedEndpoint[] {
    return [...this.#records.endpoints.atPort(front)].map((endpoint) => this.#cached(front, endpoint));
  }

  /** One endpoint as it stands behind a front port now; undefined: it does not. */
  at(front: Front, key: string): CachedEndpoint | undefined {
    const endpoint = this.#records.endpoints.get(key);
    return endpoint && frontsOf(endpoint).includes(front) ? this.#cached(front, endpoint) : undefined;
  }

  /** Who holds a front port, or a name there, oldest first: the same object until that changes. */
  holdersOf(front: Front): readonly PortHolder[] {
    return this.#records.endpoints.frontPorts.at(front);
  }

  /** Who holds a port or a name on it: the same object until that changes. Undefined: nobody has names there. */
  neighboursAt(port: number): readonly PortHolder[] | undefined {
    return this.#records.endpoints.frontPorts.neighboursAt(port);
  }

  /** Holders of whom no claim on a port was seen yet. */
  awaitedHolders(): readonly PortHolder[] {
    return this.#records.endpoints.frontPorts.awaited();
  }

  /** When a wait for a claim ends next, and {@link takeChanges} may say more; Infinity: nothing waits. */
  get nextHolder(): number {
    return this.#records.endpoints.frontPorts.nextEnd();
  }

  /** What changed since the last call; everything the first time. */
  takeChanges(now: number): CacheChanges {
    this.#records.endpoints.frontPorts.settle(now);
    const changed = this.#records.endpoints.takeChanged();
    const taken = { changed, isResync: this.#isResync, sinceMs: this.#sinceMs };
    this.#isResync = false;
    this.#sinceMs = undefined;
    return taken;
  }

  /** Takes in an event of the subscription. */
  onEvent(event: SubscriptionEvent, now: number): void {
    const sinceMs = performance.now();
    const { changes } = this.#records.endpoints;
    const { changes: portChanges } = this.#records.hostPorts;
    const { changes: nodeChanges } = this.#records.nodes;
    this.#takeIn(event, now);
    if (this.#records.nodes.changes !== nodeChanges) this.emit("nodes");
    if (this.#records.endpoints.changes !== changes) this.#sinceMs ??= sinceMs;
    if (this.#records.hostPorts.changes !== portChanges) this.emit("host-ports");
    if (event.type === "listed" || event.type === "compared") this.emit("session");
    this.emit("change");
  }

  /**
   * Judges missing endpoints by what the registry has at the keys of `keysToJudge`, at one revision. `sinceMs`: when
   * the earliest event came that asked for it.
   */
  settle(asked: readonly SeenEndpoint[], reading: Listing, { now, sinceMs }: SettledAt): void {
    this.#change(sinceMs, ({ missing }) => {
      const living = missing.settle(asked, reading, now).map((stored) => ({ type: "put", stored }) as const);
      this.#records.applyChanges(0n, living, { now, heldUntil: now });
    });
  }

  /** Judges missing host ports by what the registry has at these keys and at their node's, at one revision. */
  settleHostPorts(keys: readonly string[], reading: Listing): void {
    this.#changeHostPorts((hostPorts) => hostPorts.settle(keys, reading, this.#records.hasSyncedNode(reading)));
  }

  /** Lets go of host ports outside of a prefix, as an earlier agent may have stood elsewhere. */
  keepHostPortsWithin(prefix: string | undefined): void {
    this.#changeHostPorts((hostPorts) => hostPorts.keepWithin(prefix));
  }

  /** Lets go of those of them that are orphans. */
  dropOrphans(keys: Iterable<string>): void {
    this.#change(undefined, ({ missing }) => missing.dropOrphans(keys));
  }

  /** Lets go of orphans whose grace has passed beside endpoints that work. */
  dropExpired(now: number, graceMs: number, works: (front: Front, key: string) => boolean): void {
    this.#change(undefined, ({ missing }) => missing.dropExpired(now, graceMs, works));
  }

  /** Lets go of every endpoint outside of a scope, as an earlier agent may have had another one. Returns how many. */
  keepWithin(prefixes: readonly string[]): number {
    const keys = [...this.endpoints.values()].map(({ key }) => key);
    const outside = keys.filter((key) => !prefixes.some((prefix) => key.startsWith(prefix)));
    this.#change(undefined, ({ missing }) => outside.forEach((key) => missing.drop(key)));
    return outside.length;
  }

  /** The newest write that it holds and the registry must know, unless it was restored from a backup. */
  newest(): SeenWrite | undefined {
    return this.#records.newest();
  }

  /** As plain data, for snapshot.json. */
  snapshot(): WrittenCache {
    return this.#records.snapshot();
  }

  #takeIn(event: SubscriptionEvent, now: number): void {
    this.#isConnected = event.type !== "lost";
    if (event.type === "changed") this.#records.applyChanges(event.revision, event.changes, { now, heldUntil: now });
    if (event.type !== "listed" && event.type !== "compared") return;
    const at = { now, heldUntil: now + holdMs };
    if (event.type === "listed") this.#records.takeListing(event.listing, event.hasForgotten ?? false, at);
    else this.#records.takeDifferences(event.revision, event.changes, at);
    this.#isComplete = true;
    this.#isResync = true;
  }

  /** Emits only when something changed: who listens may ask for another change at once. */
  #change(sinceMs: number | undefined, act: (records: CachedRecords) => void): void {
    const { changes } = this.#records.endpoints;
    act(this.#records);
    if (this.#records.endpoints.changes === changes) return;
    this.#sinceMs ??= sinceMs;
    this.emit("change");
  }

  #changeHostPorts(act: (hostPorts: HostPorts) => void): void {
    const { hostPorts } = this.#records;
    const { changes } = hostPorts;
    act(hostPorts);
    if (hostPorts.changes === changes) return;
    this.emit("host-ports");
    this.emit("change");
  }

  #cached(front: Front, stored: SeenEndpoint): CachedEndpoint {
    const { missing, nodes, operator } = this.#records;
    const { node } = stored.at;
    return {
      endpoint: operator.applyAt(portOfFront(front), stored),
      isLiving: !missing.has(stored.key),
      nodeAddress: nodes.addressOf(node),
      zone: nodes.zoneOf(node),
    };
  }
}
