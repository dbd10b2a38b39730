import { byText } from "@fairway/contract";
import { isKeyOfNode } from "./own-node.ts";
import type { Operation } from "../registry-client.ts";
import { nextBatch } from "./write-batch.ts";

/** New values of records by key; undefined: the record is to go. */
export type RecordChanges = ReadonlyMap<string, string | undefined>;

/** The records that a node wants in the registry, and those that its lease holds there. */
export class NodeRecords {
  readonly #node: string;
  readonly #wanted = new Map<string, string>();
  /** Undefined: a record that stands under the former lease. */
  #held = new Map<string, string | undefined>();
  /** Keys at which wanted and held differ. */
  #differing = new Set<string>();

  constructor(node: string) {
    this.#node = node;
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
      this.#compare(key);
    }
    return new Map(changed);
  }

  /** Takes what was read back from the registry. Values under the former lease are undefined: those are written anew. */
  adopt(held: RecordChanges): void {
    // What is as wanted is kept once, not also as it was read.
    this.#held = new Map(
      [...held].map(([key, value]) => [key, this.#wanted.get(key) === value ? this.#wanted.get(key) : value]),
    );
    this.#differing = new Set();
    for (const key of [...new Set([...this.#wanted.keys(), ...held.keys()])].sort()) this.#compare(key);
  }

  /** The next transaction's writes under this lease; none when the registry holds what is wanted. */
  nextWrites(lease: string): readonly Operation[] {
    return nextBatch({ keys: this.#differing, wanted: this.#wanted, held: this.#held, lease });
  }

  /** Notes that these writes were carried out. */
  confirm(writes: readonly Operation[]): void {
    for (const write of writes) {
      if (write.type === "create") continue;
      if (write.type === "delete") this.#held.delete(write.key);
      else this.#held.set(write.key, write.value);
      this.#compare(write.key);
    }
  }

  #compare(key: string): void {
    const wanted = this.#wanted.get(key);
    const isSame = wanted === undefined ? !this.#held.has(key) : isSameRecord(wanted, this.#held.get(key));
    if (isSame) this.#differing.delete(key);
    else this.#differing.add(key);
  }
}

/** True for records that differ at most in when they were reported. */
function isSameRecord(a: string | undefined, b: string | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && withoutTime(a) === withoutTime(b));
}

/** Endpoint records are written by registrars, field by field in one order: `reportedAt` is the last. */
function withoutTime(value: string): string {
  return value.replace(/"reportedAt":"[^"]*"}$/, "}");
}
