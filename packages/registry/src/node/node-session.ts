import { nodeKey } from "@fairway/contract";
import { HeldLease } from "../held-lease.ts";
import { DeniedRequest, type Operation, RefusedRequest, type RegistryClient } from "../registry-client.ts";
import type { ClaimsRead } from "./node-claims.ts";
import type { Ownership } from "./node-ownership.ts";
import type { NodeRecords, RecordChanges } from "./node-records.ts";
import { isKeyOfNode, nodeRecordValue, type OwnNode } from "./own-node.ts";
import type { RefusedRecord } from "./refused-records.ts";
import { endOf, type NodeSessionEnd } from "./session-end.ts";

/** What a {@link NodeSession} works with. */
export type NodeSessionOptions = {
  readonly client: RegistryClient;
  readonly own: OwnNode;
  readonly leaseTtlMs: number;
  /** A UUID that stands in the node record. */
  readonly id: string;
  readonly ownership: Ownership & { readonly type: "take" };
  readonly records: NodeRecords;
  /** Called when the lease is lost. */
  readonly onLost: () => void;
  /** Called when the registry does not take a record; the others go on. */
  readonly onRefused: (refused: RefusedRecord) => void;
  /** Called with what stands under the former lease, before anything is written over it. */
  readonly onTakeOver: (former: ReadonlyMap<string, string>) => void;
  readonly signal: AbortSignal;
};

/**
 * Writes for a node under a lease of its own, from takeover until the lease or the node record is lost. Each write is
 * carried out only if the node record still stands under this session's lease, so a registrar that was overtaken
 * cannot write over its successor. Its end never revokes the lease: the next session takes over from it.
 */
export class NodeSession {
  readonly #options: NodeSessionOptions;
  readonly #held: HeldLease;
  readonly #key: string;
  /** The former session's lease, while it may hold records. */
  #formerLease: string | undefined;
  #isHeldKnown = false;
  #isSaidSynced = false;
  #end: NodeSessionEnd | undefined;
  /** Highest revision of our own reads and writes. */
  #revision = 0n;

  private constructor(options: NodeSessionOptions, held: HeldLease) {
    this.#options = options;
    this.#held = held;
    this.#key = nodeKey(options.own.node);
    this.#formerLease = options.ownership.formerLease;
    void this.#endWithLease();
  }

  /** Takes the node record over. Rejects when it cannot. */
  static async begin(options: NodeSessionOptions): Promise<NodeSession> {
    const { client, leaseTtlMs, ownership } = options;
    // Before anything that may be refused: an etcd whose space is used up grants no lease, and renews those that stand.
    if (ownership.formerLease !== undefined) await client.keepAliveOnce(ownership.formerLease, leaseTtlMs);
    const session = new NodeSession(options, await HeldLease.grant(client, leaseTtlMs));
    try {
      await session.#takeOver();
      return session;
    } catch (error) {
      session.stop();
      throw error;
    }
  }

  get id(): string {
    return this.#options.id;
  }

  get lease(): string {
    return this.#held.lease;
  }

  /** Why it writes no more; undefined: it goes on. */
  get end(): NodeSessionEnd | undefined {
    return this.#end;
  }

  /** Highest revision of its own reads and writes. */
  get revision(): bigint {
    return this.#revision;
  }

  /** Has what the registry holds read back before the next write. */
  forgetHeld(): void {
    this.#isHeldKnown = false;
  }

  /**
   * Writes one transaction after another. Resolves with true when everything wanted is written, the node record says
   * so, and nothing of the node is left under the former lease; with false when the session or the signal has ended.
   */
  async write(): Promise<boolean> {
    const { records, signal } = this.#options;
    while (this.#end === undefined && !signal.aborted) {
      if (!this.#isHeldKnown) await this.#readBack();
      else if (records.pending > 0) await this.#writeRecords();
      else if (!this.#isSaidSynced) await this.#saySynced();
      else if (this.#formerLease !== undefined) await this.#dropFormerLease(this.#formerLease);
      else return true;
    }
    return false;
  }

  /** Ends the keepalives. */
  stop(): void {
    this.#held.stop();
  }

  async #endWithLease(): Promise<void> {
    const reason = await this.#held.lost;
    this.#end ??= { why: "lease-lost", reason };
    this.#options.onLost();
  }

  async #takeOver(): Promise<void> {
    const { client, ownership } = this.#options;
    const compare = { key: this.#key, modRevision: ownership.readAt };
    const { succeeded, revision } = await client.transact([compare], [this.#putNode(false)]);
    if (!succeeded) throw new Error("the node record changed while it was taken over");
    this.#revision = revision;
  }

  #putNode(synced: boolean): Operation {
    const session = { lease: this.lease, session: this.id };
    const value = nodeRecordValue(this.#options.own, session, synced);
    return { type: "put", key: this.#key, value, lease: this.lease };
  }

  async #writeRecords(): Promise<void> {
    const { records } = this.#options;
    const writes = records.nextWrites(this.lease);
    if (writes.length === 0) return;
    try {
      if (await this.#transact(writes)) records.confirm(writes);
    } catch (error) {
      const isDenied = error instanceof DeniedRequest;
      if (!isDenied && !(error instanceof RefusedRequest)) throw error;
      const own = writes.filter(({ type }) => type !== "create");
      if (own.length === 0) return records.refuseClaims(error.message);
      if (isDenied && own.every(({ type }) => type === "delete")) throw error;
      if (isDenied && own.length === 1 && own.length < writes.length) return this.#writeWithoutClaims(own, error);
      this.#refuse(own, error.message);
    }
  }

  /** A role may have no grant on any claims, or on what this one record is: then it alone is refused. */
  async #writeWithoutClaims(record: readonly Operation[], denied: DeniedRequest): Promise<void> {
    const { records } = this.#options;
    try {
      if (!(await this.#transact(record))) return;
      records.confirm(record);
      records.refuseClaims(denied.message);
    } catch (error) {
      if (!(error instanceof DeniedRequest)) throw error;
      this.#refuse(record, error.message);
    }
  }

  /** Has fewer writes tried next, or sets the one record aside. */
  #refuse(writes: readonly Operation[], reason: string): void {
    const refused = this.#options.records.refuse(writes, reason);
    if (refused !== undefined) this.#options.onRefused(refused);
  }

  /** Of a node whose endpoints are all refused that would say that they are gone. */
  async #saySynced(): Promise<void> {
    const { endpointsRefusal } = this.#options.records;
    if (endpointsRefusal !== undefined) throw new Error(endpointsRefusal);
    this.#isSaidSynced = await this.#transact([this.#putNode(true)]);
  }

  /** False when the node record is not ours any more; reading back tells whose it is, or that the registry went back. */
  async #transact(operations: readonly Operation[]): Promise<boolean> {
    const { succeeded, revision } = await this.#options.client.transact(
      [{ key: this.#key, lease: this.lease }],
      operations,
    );
    if (succeeded) this.#revision = revision;
    else this.#isHeldKnown = false;
    return succeeded;
  }

  /** Reads what stands under the node's leases, never by listing `endpoints/`. */
  async #readBack(): Promise<void> {
    // First: whoever has it forgotten meanwhile has it read once more.
    this.#isHeldKnown = true;
    const { client, records } = this.#options;
    const seen = this.#held.seenRevision;
    const floor = this.#revision > seen ? this.#revision : seen;
    const { revision, stored } = await client.get([this.#key]);
    this.#end ??= endOf({ floor, revision, lease: stored[0]?.lease, ownLease: this.lease });
    if (this.#end !== undefined) return;
    records.adopt(await this.#readHeld(), await this.#readClaims());
    this.#revision = revision;
  }

  /** A role may have no grant on claims: the node's records are written all the same. */
  async #readClaims(): Promise<ClaimsRead> {
    const { client, records } = this.#options;
    try {
      const { stored } = await client.get(records.claimKeys());
      return { isKnown: true, standing: stored.flatMap(({ key, lease }) => (lease === undefined ? [key] : [])) };
    } catch (error) {
      if (error instanceof DeniedRequest) return { isKnown: false, reason: error.message };
      throw error;
    }
  }

  /** Records still under the former lease are held without a value: wanted ones are written anew, the others deleted. */
  async #readHeld(): Promise<RecordChanges> {
    const { client, own, onTakeOver } = this.#options;
    const leases = this.#formerLease === undefined ? [this.lease] : [this.lease, this.#formerLease];
    const keys: (readonly string[])[] = [];
    for (const lease of leases) keys.push((await client.keysOfLease(lease)) ?? []);
    const { stored } = await client.get(keys.flat().filter((key) => isKeyOfNode(own.node, key)));
    const former = stored.filter(({ lease }) => lease !== this.lease);
    if (former.length > 0) onTakeOver(new Map(former.map(({ key, value }) => [key, value])));
    return new Map(stored.map(({ key, value, lease }) => [key, lease === this.lease ? value : undefined]));
  }

  /** Revoking a lease deletes its keys: one that still has any is left to run out. */
  async #dropFormerLease(formerLease: string): Promise<void> {
    const { client, own } = this.#options;
    const left = await client.keysOfLease(formerLease);
    if (left?.some((key) => isKeyOfNode(own.node, key))) return this.forgetHeld();
    if (left?.length === 0) await client.revokeLease(formerLease);
    this.#formerLease = undefined;
  }
}
