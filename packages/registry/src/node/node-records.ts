import { byText, endpointsPrefix } from "@fairway/contract";
import { isKeyOfNode } from "./own-node.ts";
import type { Operation } from "../registry-client.ts";
import { type ClaimsRead, NodeClaims } from "./node-claims.ts";
import { type RefusedRecord, RefusedRecords } from "./refused-records.ts";
import { type DueRecord, nextBatch } from "./write-batch.ts";

/** New values of records by key; undefined: the record is to go. */
export type RecordChanges = ReadonlyMap<string, string | undefined>;

/** The records that a node wants in the registry, and those that its lease holds there; the claims of its endpoints. */
export class NodeRecords {
  readonly #node: string;
  readonly #wanted = new Map<string, string>();
  /** Undefined: a record that stands under the former lease. */
  #held = new Map<string, string | undefined>();
  /** Keys at which wanted and held differ, or whose claims are missing. */
  #differing = new Set<string>();
  readonly #refused = new RefusedRecords();
  readonly #claims: NodeClaims;

  constructor(node: string) {
    this.#node = node;
    this.#claims = new NodeClaims(node);
  }

  /** How many records are wanted. */
  get size(): number {
    return this.#wanted.size;
  }

  /** How many records are still to be written or deleted. */
  get pending(): number {
    return this.#differing.size;
  }

  /** What is wanted at a key. */
  get(key: string): string | undefined {
    return this.#wanted.get(key);
  }

  /**
   * Declares what is wanted at some keys, and returns what that changes, sorted by key: a record that differs only in
   * when it was reported is no change. Throws for a key that is not the node's to write.
   */
  set(changes: RecordChanges): RecordChanges {
    const foreign = [...changes.keys()].find((key) => !isKeyOfNode(this.#node, key));
    if (foreign !== undefined) throw new Error(`${foreign} is not a record of node ${this.#node}`);
    const changed = [...changes].filter(([key, value]) => !isSameRecord(value, this.#wanted.get(key)));
    changed.sort(([a], [b]) => byText(a, b));
    for (const [key, value] of changed) {
      if (value === undefined) this.#wanted.delete(key);
      else this.#wanted.set(key, value);
      this.#refused.onWanted(key, value);
      this.#claims.onWanted(key, value);
      this.#compare(key);
    }
    return new Map(changed);
  }

  /** The keys of the claims of what is wanted. */
  claimKeys(): readonly string[] {
    return this.#claims.keys();
  }

  /** Why the registry does not take claims; undefined: it does. */
  get claimsRefusal(): string | undefined {
    return this.#claims.refusal;
  }

  /** Endpoints whose claims wait, as the node has put many of late; `ms`: until some may be put. */
  get postponedClaims(): { readonly endpoints: number; readonly ms: number } {
    return { endpoints: this.#claims.postponed, ms: this.#claims.postponedMs };
  }

  /** Has claims written that waited, as far as the node may put them now. */
  resumeClaims(): void {
    for (const key of this.#claims.takePostponed()) this.#compare(key);
  }

  /** Notes that the registry does not take claims: endpoints are written without them until it is read back. */
  refuseClaims(reason: string): void {
    this.#claims.refuse(reason);
    for (const key of this.#differing) this.#compare(key);
  }

  /** Takes what was read back from the registry. Values under the former lease are undefined: those are written anew. */
  adopt(held: RecordChanges, claims: ClaimsRead): void {
    this.#claims.adopt(claims);
    // What is as wanted is kept once, not also as it was read.
    this.#held = new Map(
      [...held].map(([key, value]) => [key, this.#wanted.get(key) === value ? this.#wanted.get(key) : value]),
    );
    this.#differing = new Set();
    const keys = [...new Set([...this.#wanted.keys(), ...held.keys()])];
    for (const key of keys.sort(this.#claims.inOrder)) this.#compare(key);
  }

  /** The next transaction's writes under this lease; none when the registry holds what is wanted. */
  nextWrites(lease: string): readonly Operation[] {
    const { mostOperations } = this.#refused;
    return nextBatch({ due: this.#due(), lease, mostOperations });
  }

  /** Notes that these writes were carried out. */
  confirm(writes: readonly Operation[]): void {
    for (const write of writes) {
      if (write.type === "delete") this.#held.delete(write.key);
      else if (write.type === "create") this.#claims.onPut(write.key);
      else if (write.type === "put") this.#held.set(write.key, write.value);
    }
    const mayTakeOthers = this.#refused.onWritten(writes);
    for (const { key } of writes) this.#compare(key);
    if (mayTakeOthers) this.retryRefused();
  }

  /**
   * Notes that the registry does not take these writes: the next ones are fewer, until the record that is to blame is
   * alone. It is set aside, and returned unless it was refused for that before; what stood in its place is deleted, for
   * it tells of the past.
   */
  refuse(writes: readonly Operation[], reason: string): RefusedRecord | undefined {
    const refused = this.#refused.onRefused(writes, reason);
    if (refused !== undefined) this.#compare(refused.key);
    return refused?.isNew === true ? { key: refused.key, reason } : undefined;
  }

  /** Has so many of the records that the registry did not take tried again, and all others once it takes one. */
  retryRefused(most = Infinity): void {
    for (const key of this.#refused.retry(most)) this.#compare(key);
  }

  /** The records that the registry does not take. */
  refused(): readonly RefusedRecord[] {
    return this.#refused.list();
  }

  /** Why the registry takes none of the endpoints that are wanted; undefined: it takes some, or none is wanted. */
  get endpointsRefusal(): string | undefined {
    const reasons = [...this.#wanted.keys()]
      .filter((key) => key.startsWith(endpointsPrefix))
      .map((key) => this.refusalOf(key));
    return reasons.every((reason) => reason !== undefined) ? reasons[0] : undefined;
  }

  /** Why the registry does not take what is wanted at a key; undefined: it was not refused. */
  refusalOf(key: string): string | undefined {
    return this.#refused.reasonFor(key, this.#wanted.get(key));
  }

  /** What differs, in the order of its coming. What another's write has settled meanwhile is left out for good. */
  *#due(): Iterable<DueRecord> {
    const nowMs = Date.now();
    let spent = 0;
    for (const key of this.#differing) {
      this.#compare(key);
      const value = this.#acceptable(key);
      const claims = value === undefined ? [] : this.#claims.puts(key, nowMs, spent);
      spent += claims.length;
      if (this.#differing.has(key)) yield { key, value, isHeld: this.#isHeld(key), claims };
    }
  }

  #acceptable(key: string): string | undefined {
    const wanted = this.#wanted.get(key);
    return this.#refused.isSetAside(key, wanted) ? undefined : wanted;
  }

  /** True where the registry has what is wanted. */
  #isHeld(key: string): boolean {
    const wanted = this.#acceptable(key);
    return wanted === undefined ? !this.#held.has(key) : isSameRecord(wanted, this.#held.get(key));
  }

  #compare(key: string): void {
    const isAsked = this.#acceptable(key) !== undefined;
    if (isAsked) this.#claims.postpone(key);
    if (this.#isHeld(key) && !(isAsked && this.#claims.areDue(key))) this.#differing.delete(key);
    else this.#differing.add(key);
  }
}

/** True for records that differ at most in when they were reported. */
export function isSameRecord(a: string | undefined, b: string | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && withoutTime(a) === withoutTime(b));
}

/** Endpoint records are written by registrars, field by field in one order: `reportedAt` is the last. */
function withoutTime(value: string): string {
  return value.replace(/"reportedAt":"[^"]*"}$/, "}");
}
