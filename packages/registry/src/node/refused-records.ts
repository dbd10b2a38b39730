import type { Operation } from "../registry-client.ts";
import { batchLimits } from "./write-batch.ts";

/** A record that the registry does not take, and why, in the registry's words. */
export type RefusedRecord = { readonly key: string; readonly reason: string };

type Refused = {
  readonly value: string | undefined;
  readonly reason: string;
  /** It is being tried again. */
  readonly isTried: boolean;
};

/**
 * Finds the records that the registry does not take, by halving the transactions that it refused, so that they keep no
 * other from being written. A record stays refused while its value is the same.
 */
export class RefusedRecords {
  /** The longest untried first. */
  readonly #refused = new Map<string, Refused>();
  #mostOperations: number = batchLimits.operations;

  /** How many operations the next transaction may have. */
  get mostOperations(): number {
    return this.#mostOperations;
  }

  /** Why the registry does not take a value at a key; undefined: it was not refused. */
  reasonFor(key: string, value: string | undefined): string | undefined {
    const refused = this.#refused.get(key);
    return value !== undefined && refused?.value === value ? refused.reason : undefined;
  }

  /** True for a value that is not to be written: it was refused, and is not being tried again. */
  isSetAside(key: string, value: string | undefined): boolean {
    return this.reasonFor(key, value) !== undefined && this.#refused.get(key)?.isTried === false;
  }

  /** Every record that is refused. */
  list(): readonly RefusedRecord[] {
    return [...this.#refused].map(([key, { reason }]) => ({ key, reason }));
  }

  /** Notes that a transaction was carried out; true: it has one that was tried again, so others may be taken too. */
  onWritten(writes: readonly Operation[]): boolean {
    this.#mostOperations = Math.min(this.#mostOperations * 2, batchLimits.operations);
    const taken = writes.filter(({ type, key }) => type === "put" && this.#refused.get(key)?.isTried === true);
    for (const { key } of taken) this.#refused.delete(key);
    return taken.length > 0;
  }

  /**
   * Notes that a transaction was refused; returns the record that it was for, once there is but one in it. `isNew`: it
   * was not refused for that before.
   */
  onRefused(writes: readonly Operation[], reason: string): (RefusedRecord & { readonly isNew: boolean }) | undefined {
    const records = writes.filter(({ type }) => type !== "create");
    this.#mostOperations = Math.max(1, Math.floor(records.length / 2));
    const [only, ...others] = records;
    if (only?.type !== "put" || others.length > 0) return undefined;
    const { key, value } = only;
    const before = this.#refused.get(key);
    this.#refused.delete(key);
    this.#refused.set(key, { value, reason, isTried: false });
    return { key, reason, isNew: before?.value !== value || before.reason !== reason };
  }

  /** Notes what is wanted at a key now: another value may be taken. */
  onWanted(key: string, value: string | undefined): void {
    if (this.#refused.get(key)?.value !== value) this.#refused.delete(key);
  }

  /**
   * Has so many of them tried again, one of each project first, and of a project those that were not for the longest;
   * returns their keys.
   */
  retry(most: number): readonly string[] {
    const keys = inTurn([...this.#refused.keys()]).slice(0, most);
    for (const key of keys) {
      const refused = this.#refused.get(key);
      if (refused !== undefined) this.#refused.set(key, { ...refused, isTried: true });
    }
    return keys;
  }
}

/** The first of each project, then the second of each: many of one keep no other's waiting. */
function inTurn(keys: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  const turns = keys.map((key) => {
    const project = key.split("/", 2).join("/");
    const turn = seen.get(project) ?? 0;
    seen.set(project, turn + 1);
    return { key, turn };
  });
  return turns.toSorted((a, b) => a.turn - b.turn).map(({ key }) => key);
}
