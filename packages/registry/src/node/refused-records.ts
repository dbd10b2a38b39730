import type { Operation } from "../registry-client.ts";
import { batchLimits } from "./write-batch.ts";

/** A record that the registry does not take, and why, in the registry's words. */
export type RefusedRecord = { readonly key: string; readonly reason: string };

/**
 * Finds the records that the registry does not take, by halving the transactions that it refused, so that they keep no
 * other from being written. A record stays refused while its value is the same.
 */
export class RefusedRecords {
  readonly #refused = new Map<string, { readonly value: string | undefined; readonly reason: string }>();
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

  /** Every record that is refused. */
  list(): readonly RefusedRecord[] {
    return [...this.#refused].map(([key, { reason }]) => ({ key, reason }));
  }

  /** Notes that a transaction was carried out. */
  onWritten(): void {
    this.#mostOperations = Math.min(this.#mostOperations * 2, batchLimits.operations);
  }

  /** Notes that a transaction was refused; returns the record that it was for, once there is but one in it. */
  onRefused(writes: readonly Operation[], reason: string): RefusedRecord | undefined {
    const records = writes.filter(({ type }) => type !== "create");
    this.#mostOperations = Math.max(1, Math.floor(records.length / 2));
    const [only, ...others] = records;
    if (only?.type !== "put" || others.length > 0) return undefined;
    this.#refused.set(only.key, { value: only.value, reason });
    return { key: only.key, reason };
  }

  /** Notes what is wanted at a key now: another value may be taken. */
  onWanted(key: string, value: string | undefined): void {
    if (this.#refused.get(key)?.value !== value) this.#refused.delete(key);
  }

  /** Has all of them tried again. */
  clear(): void {
    this.#refused.clear();
  }
}
