import type { Bell } from "../bell.ts";
import { holdLease } from "../held-lease.ts";
import type { RegistryClient } from "../registry-client.ts";
import type { Claim } from "./claim.ts";
import type { NodeRecords } from "./node-records.ts";
import { writeForNode } from "./node-writer.ts";
import type { SessionOver } from "./session-over.ts";
import { nodeKeyOf, nodeRecordValue, type NodeSession, type OwnNode } from "./own-node.ts";

/** What a session tells about itself while it lasts. */
export type SessionNews =
  | ({ readonly type: "began"; readonly revision: bigint } & NodeSession)
  /** Every wanted record is written, the node record says so, and nothing of ours is left under the old lease. */
  | { readonly type: "settled" }
  /** A read or write failed; it is tried again. */
  | { readonly type: "failed"; readonly reason: string };

/** What {@link runNodeSession} is told. */
export type NodeSessionOptions = {
  readonly client: RegistryClient;
  readonly own: OwnNode;
  readonly leaseTtlMs: number;
  /** A UUID that stands in the node record. */
  readonly sessionId: string;
  readonly claim: Claim & { readonly type: "take" };
  readonly records: NodeRecords;
  /** Rings when something is to be looked at: wants, doubts, the signal. */
  readonly bell: Bell;
  /** True once for each doubt whether the registry still holds what was written. */
  readonly takeDoubt: () => boolean;
  readonly onNews: (news: SessionNews) => void;
  readonly signal: AbortSignal;
};

/**
 * Writes for a node under a lease of its own, from takeover until the lease or the node record is lost; answers why it
 * ended. Its end never revokes the lease: the next session takes over from it. Rejects when it could not begin.
 */
export async function runNodeSession(options: NodeSessionOptions): Promise<SessionOver> {
  const { client, own, claim, leaseTtlMs, sessionId, onNews } = options;
  const held = await holdLease(client, leaseTtlMs);
  try {
    // What is left of the old lease's time may be too short to move its records.
    if (claim.oldLease !== undefined) await client.keepAliveOnce(claim.oldLease, leaseTtlMs);
    const session = { lease: held.lease, session: sessionId };
    const begun = await client.transact(
      [{ key: nodeKeyOf(own), modRevision: claim.readAt }],
      [{ type: "put", key: nodeKeyOf(own), value: nodeRecordValue(own, session, false), lease: held.lease }],
    );
    if (!begun.succeeded) return { why: "record-lost", reason: "the node record changed while it was taken over" };
    onNews({ type: "began", revision: begun.revision, ...session });
    return await writeForNode(options, { held, session, beganAt: begun.revision });
  } finally {
    held.stop();
  }
}
