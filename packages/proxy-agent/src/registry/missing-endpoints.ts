import { nodeKey, type Front } from "@fairway/contract";
import type { Listing, Stored } from "@fairway/registry";
import { z } from "zod";
import { frontsOf, type EndpointStore } from "./endpoint-store.ts";
import { isOtherMachine, nodeMachineSchema, type Nodes } from "./nodes.ts";
import { readNode, type SeenEndpoint, type SeenNode } from "./seen.ts";

/** How long missing endpoints are held after a new session: their registrars may be about to write them again. */
export const holdMs = 3000;

/** After how long it is asked again what was asked before a node wrote. */
const askAgainMs = 20;

/** An endpoint that the cache holds and the registry no longer has. Times are ms since 1970. */
export const missingEndpointSchema = z.object({
  key: z.string(),
  /** `missing`: not judged yet. `orphaned`: its registrar is gone, the container may well live. */
  state: z.enum(["missing", "orphaned"]),
  /** When the registry no longer had it. */
  since: z.number(),
  /** Not judged before. */
  heldUntil: z.number(),
  /** The machine that it ran on, as far as it was known. */
  machine: nodeMachineSchema.nullable(),
});

/** See {@link missingEndpointSchema}. */
export type MissingEndpoint = Readonly<z.output<typeof missingEndpointSchema>>;

/** What {@link MissingEndpoints} looks at and removes from. */
export type MissingEndpointsOptions = {
  readonly endpoints: EndpointStore;
  readonly nodes: Nodes;
  /** What an earlier agent knew. */
  readonly known: readonly MissingEndpoint[];
};

/**
 * Endpoints that the registry no longer has and that are served until they are judged. One is gone if its node says,
 * at or after the revision of its deletion, that all its containers are in the registry. Else it is an orphan, which
 * leaves when its node is synced without it, comes back as another machine or is another node now, a living record has its address, its
 * check fails, or ORPHAN_GRACE has passed and something else works, or no listener serves it. Times are ms since 1970.
 */
export class MissingEndpoints {
  readonly #endpoints: EndpointStore;
  readonly #nodes: Nodes;
  readonly #missing: Map<string, MissingEndpoint>;

  constructor({ endpoints, nodes, known }: MissingEndpointsOptions) {
    this.#endpoints = endpoints;
    this.#nodes = nodes;
    this.#missing = new Map(known.map((each) => [each.key, each]));
  }

  get size(): number {
    return this.#missing.size;
  }

  has(key: string): boolean {
    return this.#missing.has(key);
  }

  get(key: string): MissingEndpoint | undefined {
    return this.#missing.get(key);
  }

  values(): Iterable<MissingEndpoint> {
    return this.#missing.values();
  }

  /** Keys of the orphans. */
  orphans(): ReadonlySet<string> {
    return new Set([...this.#missing.values()].filter(isOrphaned).map(({ key }) => key));
  }

  /** The registry has its record: it lives, and missing ones with its address leave, as addresses are used again. */
  restore(key: string): void {
    const endpoint = this.#endpoints.get(key);
    if (!endpoint) return;
    if (this.#missing.delete(key)) this.#endpoints.noteChange(endpoint);
    if (this.#missing.size === 0) return;
    for (const other of this.#endpoints.sharing(endpoint)) if (this.#missing.has(other.key)) this.drop(other.key);
  }

  /** The registry no longer has its record: it is held, unless a living one has its address. */
  hold(key: string, { now, heldUntil }: { readonly now: number; readonly heldUntil: number }): void {
    const endpoint = this.#endpoints.get(key);
    if (!endpoint || this.#missing.has(key)) return;
    const machine = this.#nodes.machineOf(endpoint.at.node) ?? null;
    this.#missing.set(key, { key, state: "missing", since: now, heldUntil, machine });
    this.#endpoints.noteChange(endpoint);
    if (this.#endpoints.sharing(endpoint).some((other) => !this.#missing.has(other.key))) this.drop(key);
  }

  /** A node wrote its record: what ran on another machine is gone, and a synced node's orphans are judged again. */
  onNode(node: SeenNode): void {
    if (this.#missing.size === 0 || !this.#nodes.hasSay(node)) return;
    for (const { endpoint, missing } of this.#held()) {
      if (this.#nodes.isSucceededBy(endpoint.at.node, node)) this.drop(endpoint.key);
      if (endpoint.at.node !== node.node) continue;
      if (isOtherMachine(missing.machine, node)) this.drop(endpoint.key);
      else if (this.#nodes.isSynced(node)) this.#change(endpoint.key, { state: "missing" });
    }
  }

  /** Those whose time to be judged has come. */
  due(now: number): readonly SeenEndpoint[] {
    const due = this.#held().filter(({ missing }) => missing.state === "missing" && missing.heldUntil <= now);
    return due.map(({ endpoint }) => endpoint);
  }

  /**
   * Judges by what the registry has at {@link keysToJudge}, at one revision: by state, not by events, as several
   * watches' events come in no order. Returns the records that the registry has after all.
   */
  settle(asked: readonly SeenEndpoint[], reading: Listing, now: number): readonly Stored[] {
    const read = new Map(reading.stored.map((stored) => [stored.key, stored]));
    // What was seen since the reading was asked for is newer than it.
    const judged = asked.filter((each) => this.has(each.key) && this.#endpoints.get(each.key) === each);
    return judged.flatMap(({ key, at }) => {
      const stored = read.get(key);
      if (stored) return [stored];
      if (this.#isSyncedBy(read.get(nodeKey(at.node))) || this.#isSucceeded(at.node)) this.drop(key);
      else this.#orphan(key, at.node, { readAt: reading.revision, now });
      return [];
    });
  }

  /** Lets go of those of them that are orphans: only a republished record brings them back. */
  dropOrphans(keys: Iterable<string>): void {
    for (const key of keys) if (this.get(key)?.state === "orphaned") this.drop(key);
  }

  /** True when some orphan's grace has passed. */
  hasExpired(now: number, graceMs: number): boolean {
    return [...this.#missing.values()].some((missing) => isExpired(missing, now, graceMs));
  }

  /**
   * Lets go of orphans whose grace has passed, except the last servers of a listener that work, which stay while their
   * check passes. `works`: whether this proxy has a server of an endpoint behind a front port that proved to work.
   */
  dropExpired(now: number, graceMs: number, works: (front: Front, key: string) => boolean): void {
    const expired = this.#held().filter(({ missing }) => isExpired(missing, now, graceMs));
    const beside = expired.filter(({ endpoint }) => this.#isBesideWorking(endpoint, works));
    for (const { endpoint } of beside) this.drop(endpoint.key);
  }

  /** Stops serving it. */
  drop(key: string): void {
    this.#missing.delete(key);
    this.#endpoints.remove(key);
  }

  /** When the next one is to be judged; Infinity: none. */
  nextLook(now: number): number {
    let next = Infinity;
    for (const { state, heldUntil } of this.#missing.values())
      if (state === "missing" && heldUntil > now && heldUntil < next) next = heldUntil;
    return next;
  }

  #isSyncedBy(record: Stored | undefined): boolean {
    const node = record && readNode(record);
    return node?.ok === true && this.#nodes.isSynced(node.seen);
  }

  #isSucceeded(name: string): boolean {
    return this.#nodes.present().some((node) => this.#nodes.isSucceededBy(name, node));
  }

  /** Its node may have written since the registry was asked: then what was read decides nothing. */
  #orphan(key: string, node: string, { readAt, now }: { readonly readAt: bigint; readonly now: number }): void {
    const record = this.#nodes.get(node);
    const hasWrittenSince = record !== undefined && record.modRevision > readAt && this.#nodes.isSynced(record);
    this.#change(key, hasWrittenSince ? { heldUntil: now + askAgainMs } : { state: "orphaned" });
  }

  #change(key: string, change: Partial<MissingEndpoint>): void {
    const missing = this.#missing.get(key);
    if (missing) this.#missing.set(key, { ...missing, ...change });
  }

  #held(): readonly { readonly endpoint: SeenEndpoint; readonly missing: MissingEndpoint }[] {
    return [...this.#missing.values()].flatMap((missing) => {
      const endpoint = this.#endpoints.get(missing.key);
      return endpoint ? [{ endpoint, missing }] : [];
    });
  }

  /** On each of its ports something living of its project works: another's endpoint there may be refused. */
  #isBesideWorking(endpoint: SeenEndpoint, works: (front: Front, key: string) => boolean): boolean {
    const isOwn = ({ key, at, state }: SeenEndpoint) =>
      state === "ready" && at.project === endpoint.at.project && !this.#missing.has(key);
    const isBeside = (front: Front) =>
      [...this.#endpoints.atPort(front)].some((each) => isOwn(each) && works(front, each.key));
    return frontsOf(endpoint).every(isBeside);
  }
}

function isOrphaned({ state }: MissingEndpoint): boolean {
  return state === "orphaned";
}

/** True for an orphan whose grace has passed. */
export function isExpired(missing: MissingEndpoint | undefined, now: number, graceMs: number): boolean {
  return missing !== undefined && isOrphaned(missing) && missing.since + graceMs <= now;
}

/** The keys that must be read together to judge these: two for each endpoint at most. */
export function keysToJudge(endpoints: readonly SeenEndpoint[]): readonly string[] {
  return [...new Set(endpoints.flatMap(({ key, at }) => [key, nodeKey(at.node)]))];
}
