import { z } from "zod";
import type { SeenNode } from "./seen.ts";

/** A node's engine and boot: with another one, no container of before is alive. */
export const nodeMachineSchema = z.object({ engineId: z.string(), bootId: z.string() });

/** See {@link nodeMachineSchema}. */
export type NodeMachine = Readonly<z.output<typeof nodeMachineSchema>>;

/** True when the node came back as another machine, or started anew: what ran there is gone. */
export function isOtherMachine(before: NodeMachine | null, now: NodeMachine): boolean {
  return before !== null && (before.engineId !== now.engineId || before.bootId !== now.bootId);
}

/** Sessions remembered of each node. */
const mostSessions = 32;

/** Nodes remembered; those that are gone are forgotten first, longest unseen first. */
const mostNodes = 10_000;

/**
 * Nodes, and whose word counts. After the registry went back (restored from a backup) every node counts as not synced
 * until its record has a session that was never seen before.
 */
export class Nodes {
  readonly #present = new Map<string, SeenNode>();
  /** What was last known of each, also of those that are away now. */
  readonly #known = new Map<string, SeenNode>();
  /** Sessions seen of each, the newest last. */
  readonly #sessions: Map<string, readonly string[]>;
  /** Sessions whose word counts no more. */
  readonly #stale: Set<string>;
  #changes = 0;

  constructor({ nodes = [], sessions = [], staleSessions = [] }: KnownNodes = {}) {
    for (const node of nodes) this.#known.set(node.node, node);
    this.#sessions = new Map(sessions);
    this.#stale = new Set(staleSessions);
  }

  /** Grows with each record that is put or deleted. */
  get changes(): number {
    return this.#changes;
  }

  put(node: SeenNode): void {
    this.#changes += 1;
    const known = this.hasSay(node) ? node : { ...node, ...this.machineOf(node.node) };
    this.#present.set(node.node, node);
    // The one seen last stands last.
    this.#known.delete(node.node);
    this.#known.set(node.node, known);
    const seen = this.#sessions.get(node.node) ?? [];
    if (!seen.includes(node.session)) this.#sessions.set(node.node, [...seen, node.session].slice(-mostSessions));
    if (this.#known.size > mostNodes) this.#forgetOne();
  }

  delete(node: string): void {
    this.#changes += 1;
    this.#present.delete(node);
  }

  /** A node's record, if it has one now. */
  get(node: string): SeenNode | undefined {
    return this.#present.get(node);
  }

  /** Nodes that have a record now. */
  present(): readonly SeenNode[] {
    return [...this.#present.values()];
  }

  /** True when the registry shows an older record than was seen before: it went back. */
  isOlder({ node, modRevision }: SeenNode): boolean {
    return modRevision < (this.#known.get(node)?.modRevision ?? 0n);
  }

  /** The address that a node had when last seen; undefined: it never was, or said none. */
  addressOf(node: string): string | undefined {
    return this.#known.get(node)?.address || undefined;
  }

  /** The zone that a node had when last seen; "": it told none. */
  zoneOf(node: string): string {
    return this.#known.get(node)?.zone ?? "";
  }

  /** What of a node decides how its endpoints are reached: the same text until that changes. */
  whereIs(node: string): string {
    return JSON.stringify([this.addressOf(node), this.zoneOf(node)]);
  }

  /** The machine that a node was when last seen. */
  machineOf(node: string): NodeMachine | undefined {
    const known = this.#known.get(node);
    return known && { engineId: known.engineId, bootId: known.bootId };
  }

  /**
   * True when a node that has no record any more is the machine that now has another name, and what ran on it is told of
   * under that one, or ended with its last boot. A cloned machine has the engine's id, but another address.
   */
  isSucceededBy(name: string, node: SeenNode): boolean {
    const former = this.#known.get(name);
    if (former === undefined || name === node.node || this.#present.has(name) || !this.hasSay(node)) return false;
    const isSameMachine = former.address !== "" && former.address === node.address && former.engineId === node.engineId;
    return isSameMachine && (former.bootId !== node.bootId || node.synced);
  }

  /**
   * The registry went back: what is said in any session seen until now counts no more, and revisions seen until now
   * compare with none to come.
   */
  withdrawTrust(): void {
    this.#stale.clear();
    for (const session of [...this.#sessions.values()].flat()) this.#stale.add(session);
    for (const nodes of [this.#present, this.#known]) {
      for (const [name, node] of nodes) nodes.set(name, { ...node, modRevision: 0n });
    }
  }

  /** False for a record of a session from before the registry went back: it may tell of the past. */
  hasSay({ session }: Pick<SeenNode, "session">): boolean {
    return !this.#stale.has(session);
  }

  /** True when a node's record says that all its containers are in the registry, and its word counts. */
  isSynced(node: Pick<SeenNode, "session" | "synced">): boolean {
    return node.synced && this.hasSay(node);
  }

  #forgetOne(): void {
    const gone = [...this.#known.keys()].find((node) => !this.#present.has(node));
    if (gone === undefined) return;
    this.#known.delete(gone);
    this.#sessions.delete(gone);
  }

  /** As plain data: what the constructor takes. */
  toKnown(): Required<KnownNodes> {
    return { nodes: [...this.#known.values()], sessions: [...this.#sessions], staleSessions: [...this.#stale] };
  }
}

/** What an earlier agent knew of nodes. */
export type KnownNodes = {
  readonly nodes?: readonly SeenNode[];
  /** By node. */
  readonly sessions?: readonly (readonly [string, readonly string[]])[];
  readonly staleSessions?: readonly string[];
};
