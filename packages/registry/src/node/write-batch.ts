import { parseEndpointKey, serviceKey } from "@fairway/contract";
import { encode } from "@fairway/contract";
import type { Operation } from "../registry-client.ts";

/** Bounds of one transaction: etcd takes 128 operations and 1.5 MiB. */
export const batchLimits = { operations: 100, bytes: 512 * 1024 } as const;

/** What {@link nextBatch} is computed from. */
export type BatchFacts = {
  /** Keys that may differ between what is wanted and what is held. */
  readonly keys: Iterable<string>;
  readonly wanted: ReadonlyMap<string, string>;
  /** What the registry holds for this node; undefined: something, but not this value under this lease. */
  readonly held: ReadonlyMap<string, string | undefined>;
  readonly lease: string;
};

/**
 * The next writes that bring the registry nearer to what is wanted, puts before deletes, within one transaction's
 * bounds; none when nothing differs. An endpoint that is new brings its service's record along.
 */
export function nextBatch(facts: BatchFacts): readonly Operation[] {
  const { keys, wanted, held, lease } = facts;
  const batch = createBatch();
  const deletes: Operation[] = [];
  for (const key of keys) {
    const value = wanted.get(key);
    if (value === undefined && held.has(key)) deletes.push({ type: "delete", key });
    if (value === undefined || held.get(key) === value) continue;
    const service = serviceToCreate(key, held);
    if (!batch.add({ type: "put", key, value, lease }, service)) return batch.operations;
  }
  return [...batch.operations, ...deletes.slice(0, batchLimits.operations - batch.operations.length)];
}

/** Gathers puts, each with the service record that it needs, until the next one has no room. */
function createBatch() {
  const operations: Operation[] = [];
  const services = new Set<string>();
  let bytes = 0;
  const add = (put: Operation & { type: "put" }, service: string | undefined): boolean => {
    const isNew = service !== undefined && !services.has(service);
    const size = put.key.length + put.value.length;
    const hasRoom = operations.length + (isNew ? 2 : 1) <= batchLimits.operations && bytes + size <= batchLimits.bytes;
    if (!hasRoom && operations.length > 0) return false;
    if (isNew) operations.push({ type: "create", key: service, value: encode({ v: 1 }) });
    if (isNew) services.add(service);
    operations.push(put);
    bytes += size;
    return true;
  };
  return { operations, add };
}

/** The record of an endpoint's service; none while this node holds that endpoint, for then the record exists. */
function serviceToCreate(key: string, held: BatchFacts["held"]): string | undefined {
  const endpoint = held.get(key) === undefined ? parseEndpointKey(key) : undefined;
  return endpoint === undefined ? undefined : serviceKey(endpoint);
}
