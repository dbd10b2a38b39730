import { parseEndpointKey, serviceKey } from "../keys.ts";
import { encode } from "../decode.ts";
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
export function nextBatch({ keys, wanted, held, lease }: BatchFacts): readonly Operation[] {
  const puts: Operation[] = [];
  const deletes: Operation[] = [];
  const services = new Set<string>();
  let bytes = 0;
  for (const key of keys) {
    const value = wanted.get(key);
    if (value === undefined) {
      if (held.has(key)) deletes.push({ type: "delete", key });
      continue;
    }
    if (held.get(key) === value) continue;
    const needed = serviceToCreate(key, held, services);
    bytes += key.length + value.length;
    const isFull = puts.length + (needed === undefined ? 1 : 2) > batchLimits.operations || bytes > batchLimits.bytes;
    if (isFull && puts.length > 0) break;
    if (needed !== undefined) services.add(needed);
    if (needed !== undefined) puts.push({ type: "create", key: needed, value: encode({ v: 1 }) });
    puts.push({ type: "put", key, value, lease });
  }
  return puts.length > 0 ? withRoom(puts, deletes) : deletes.slice(0, batchLimits.operations);
}

/** A service has its record while this node holds an endpoint of it under the very key; else it is created anew. */
function serviceToCreate(
  key: string,
  held: ReadonlyMap<string, string | undefined>,
  services: ReadonlySet<string>,
): string | undefined {
  const endpoint = parseEndpointKey(key);
  if (endpoint === undefined || held.get(key) !== undefined) return undefined;
  const service = serviceKey(endpoint);
  return services.has(service) ? undefined : service;
}

function withRoom(puts: readonly Operation[], deletes: readonly Operation[]): readonly Operation[] {
  return [...puts, ...deletes.slice(0, batchLimits.operations - puts.length)];
}
