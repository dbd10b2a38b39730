import { decode, nodeKey, nodeRecordSchema } from "@fairway/contract";
import { WorkQueue } from "@fairway/loop";
import type { RegistryClient } from "../registry-client.ts";
import type { OwnNode } from "./own-node.ts";

/** What {@link keepFormerLease} works with. */
export type FormerLeaseOptions = {
  readonly client: Pick<RegistryClient, "get" | "keepAliveOnce">;
  readonly own: OwnNode;
  readonly leaseTtlMs: number;
  /** Ends it: somebody has taken the node over, or nobody will. */
  readonly signal: AbortSignal;
};

/**
 * Keeps alive the lease of the registrar before, of the same engine and boot, while the next one is not ready to take its
 * records over: what stands under it is the only picture of containers that cannot be read.
 */
export function keepFormerLease({ client, own, leaseTtlMs, signal }: FormerLeaseOptions): void {
  const work = async (): Promise<void> => {
    const { stored } = await client.get([nodeKey(own.node)]);
    const [record] = stored;
    const decoded = record === undefined ? undefined : decode(nodeRecordSchema, record.value);
    const isOurs =
      decoded?.ok === true && decoded.record.engineId === own.engineId && decoded.record.bootId === own.bootId;
    if (!isOurs || record?.lease === undefined || signal.aborted) return;
    await client.keepAliveOnce(record.lease, leaseTtlMs / 3);
    queue.addAfter(own.node, leaseTtlMs / 3);
  };
  const queue: WorkQueue<string> = new WorkQueue({ work, onError: () => undefined, signal });
  queue.add(own.node);
}
