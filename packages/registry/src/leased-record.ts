import type { RegistryLog } from "./log.ts";
import { RecordWriter } from "./record-writer.ts";
import type { RegistryClient } from "./registry-client.ts";
import type { SubscriptionEvent } from "./stored.ts";
import { type SeenKey, watchKey } from "./watched-key.ts";

/** What {@link startLeasedRecord} is told. */
export type LeasedRecordOptions = {
  readonly client: RegistryClient;
  readonly key: string;
  readonly leaseTtlMs: number;
  /** How often to look whether the record still stands although nothing was lost. */
  readonly lookAgainAfterMs?: number;
  readonly log?: RegistryLog | undefined;
  /** Ends it; the record runs out with its lease. */
  readonly signal: AbortSignal;
};

/** One record under a lease of its own. */
export type LeasedRecord = {
  /** Declares the value; later ones win. Written at once, and again whenever the registry no longer has it. */
  readonly set: (value: string) => void;
  /** Resolves when the value declared by now is written. */
  readonly settled: () => Promise<void>;
  /** Ends it, and deletes the record and its lease. Rejects when the registry is away; then the record runs out. */
  readonly remove: () => Promise<void>;
  /** Resolves when nothing is written any more. */
  readonly ended: Promise<void>;
};

/**
 * Keeps one record in the registry while the program lives, whatever becomes of the lease or the registry. It does not
 * fight for the key: what another program writes there stays until our value changes or the registry comes back.
 */
export function startLeasedRecord(options: LeasedRecordOptions): LeasedRecord {
  const { client, key, signal, lookAgainAfterMs = 5 * 60_000 } = options;
  const own = new AbortController();
  const writer = new RecordWriter({ ...options, signal: own.signal });
  const stop = () => {
    own.abort();
    writer.wake();
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  const onSeen = (seen: SeenKey, event: SubscriptionEvent) => writer.onSeen(seen, event);
  const watching = watchKey({ ...options, onSeen, relistAfterMs: lookAgainAfterMs, signal: own.signal });
  const ended = Promise.all([watching, writer.run()]).then(() => signal.removeEventListener("abort", stop));
  return {
    set: (value) => writer.set(value),
    settled: () => writer.settled(),
    ended,
    remove: async () => {
      stop();
      await ended;
      const lease = writer.lease();
      if (lease === undefined) return;
      await client.transact([{ key, lease }], [{ type: "delete", key }]);
      await client.revokeLease(lease);
    },
  };
}
