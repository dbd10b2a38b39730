import { createBackoff } from "../backoff.ts";
import type { HeldLease } from "../held-lease.ts";
import type { Operation } from "../registry-client.ts";
import { reasonOf } from "../reason.ts";
import type { NodeSessionOptions } from "./node-session.ts";
import { isKeyOfNode, nodeKeyOf, nodeRecordValue, type NodeSession } from "./own-node.ts";
import { readBack } from "./read-back.ts";

/** A session that has put its node record. */
export type BegunSession = {
  readonly held: HeldLease;
  readonly session: NodeSession;
  /** Revision of that put. */
  readonly beganAt: bigint;
};

/** What changes while a session writes. */
type Work = NodeSessionOptions &
  BegunSession & {
    oldLease: string | undefined;
    isSynced: boolean;
    /** What the registry holds is to be read back before the next write. */
    isDoubted: boolean;
    /** Why the session is over. */
    over: string | undefined;
    /** Highest revision of our own reads and writes. */
    revision: bigint;
  };

/**
 * Writes what the ledger wants, one transaction at a time, until the session is over; answers why. Each write is
 * carried out only if the node record still stands under this session's lease, so a registrar that was overtaken
 * cannot write over its successor. After a failure, and on each doubt, what the registry holds is read back first.
 */
export async function writeForNode(options: NodeSessionOptions, begun: BegunSession): Promise<string> {
  const { signal, onNews, claim } = options;
  const work: Work = {
    ...options,
    ...begun,
    oldLease: claim.oldLease,
    isSynced: false,
    isDoubted: true,
    revision: begun.beganAt,
    over: undefined,
  };
  const backoff = createBackoff();
  void endWithLease(work);
  while (work.over === undefined && !signal.aborted) {
    try {
      const reason = await turn(work);
      work.over ??= reason;
      backoff.reset();
    } catch (error) {
      work.isDoubted = true;
      onNews({ type: "failed", reason: reasonOf(error) });
      await backoff.pause(signal);
    }
  }
  return work.over ?? "stopped";
}

async function endWithLease(work: Work): Promise<void> {
  const reason = await work.held.lost;
  work.over = `the lease is lost: ${reason}`;
  work.bell.ring();
}

/** Does the one thing that is due; answers why the session is over, if it is. */
async function turn(work: Work): Promise<string | undefined> {
  if (work.takeDoubt() || work.isDoubted) return lookAgain(work);
  const operations = work.ledger.next(work.session.lease);
  if (operations.length > 0) return write(work, operations);
  if (!work.isSynced) return writeSynced(work);
  if (work.oldLease !== undefined) return dropOldLease(work, work.oldLease);
  work.onNews({ type: "settled" });
  await work.bell.heard();
  return undefined;
}

async function lookAgain(work: Work): Promise<string | undefined> {
  const { client, own, session, oldLease, held, revision } = work;
  work.isDoubted = true;
  const floor = revision > held.seenRevision() ? revision : held.seenRevision();
  const read = await readBack({ client, own, lease: session.lease, oldLease, floor });
  if (!read.ok) return read.reason;
  work.ledger.adopt(read.held);
  work.revision = read.revision;
  work.isDoubted = false;
  return undefined;
}

async function write(work: Work, operations: readonly Operation[]): Promise<string | undefined> {
  const { client, own, session, ledger } = work;
  const outcome = await client.transact([{ key: nodeKeyOf(own), lease: session.lease }], operations);
  if (!outcome.succeeded) return "the node record is gone or another session's";
  ledger.written(operations);
  work.revision = outcome.revision;
  return undefined;
}

async function writeSynced(work: Work): Promise<string | undefined> {
  const { own, session } = work;
  const value = nodeRecordValue(own, session, true);
  const over = await write(work, [{ type: "put", key: nodeKeyOf(own), value, lease: session.lease }]);
  work.isSynced = over === undefined;
  return over;
}

/** Revoking a lease deletes its keys: one that still has any is left to run out. */
async function dropOldLease(work: Work, oldLease: string): Promise<undefined> {
  const left = await work.client.keysOfLease(oldLease);
  if (left?.some((key) => isKeyOfNode(work.own.node, key))) {
    work.isDoubted = true;
    return;
  }
  if (left?.length === 0) await work.client.revokeLease(oldLease);
  work.oldLease = undefined;
}
