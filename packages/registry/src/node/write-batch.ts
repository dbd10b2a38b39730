import { encode, parseEndpointKey, serviceKey } from "@fairway/contract";
import type { Operation } from "../registry-client.ts";

/** Bounds of one transaction: etcd takes 128 operations and 1.5 MiB. */
export const batchLimits = { operations: 100, bytes: 512 * 1024 } as const;

/** What {@link nextBatch} is computed from. */
export type BatchFacts = {
  /** Keys at which wanted and held differ. */
  readonly keys: Iterable<string>;
  readonly wanted: (key: string) => string | undefined;
  /** What the registry holds for this node; undefined: something, but not this value under this lease. */
  readonly held: ReadonlyMap<string, string | undefined>;
  readonly lease: string;
  /** How many operations it may have; at least one record is in it all the same. */
  readonly mostOperations: number;
};

/**
 * The next writes that bring the registry nearer to what is wanted, puts before deletes, within one transaction's
 * bounds. An endpoint that is new brings its service's record along.
 */
export function nextBatch({ keys, wanted, held, lease, mostOperations }: BatchFacts): readonly Operation[] {
  const puts = new Puts(mostOperations);
  const deletes: Operation[] = [];
  for (const key of keys) {
    const value = wanted(key);
    if (value === undefined) deletes.push({ type: "delete", key });
    else if (!puts.add({ type: "put", key, value, lease }, serviceToCreate(key, held))) return puts.operations;
  }
  return [...puts.operations, ...deletes.slice(0, Math.max(0, mostOperations - puts.operations.length))];
}

/** Puts of one transaction, each with the service record that it needs. */
class Puts {
  readonly operations: Operation[] = [];
  readonly #mostOperations: number;
  readonly #services = new Set<string>();
  #bytes = 0;

  constructor(mostOperations: number) {
    this.#mostOperations = mostOperations;
  }

  /** Adds a put; false when it has no room. The first one always has. */
  add(put: Operation & { type: "put" }, service: string | undefined): boolean {
    const isNew = service !== undefined && !this.#services.has(service);
    const size = put.key.length + put.value.length;
    const count = this.operations.length + (isNew ? 2 : 1);
    const hasRoom = count <= this.#mostOperations && this.#bytes + size <= batchLimits.bytes;
    if (!hasRoom && this.operations.length > 0) return false;
    if (isNew) this.operations.push({ type: "create", key: service, value: encode({ v: 1 }) });
    if (isNew) this.#services.add(service);
    this.operations.push(put);
    this.#bytes += size;
    return true;
  }
}

/** The record of an endpoint's service; none while this node holds that endpoint, for then the record exists. */
function serviceToCreate(key: string, held: BatchFacts["held"]): string | undefined {
  const endpoint = held.get(key) === undefined ? parseEndpointKey(key) : undefined;
  return endpoint === undefined ? undefined : serviceKey(endpoint);
}
