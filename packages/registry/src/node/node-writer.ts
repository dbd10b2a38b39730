import { Backoff } from "@fairway/loop";
import type { HeldLease } from "../held-lease.ts";
import type { Operation } from "../registry-client.ts";
import { reasonOf } from "@fairway/contract";
import type { NodeSessionOptions } from "./node-session.ts";
import type { SessionOver } from "./session-over.ts";
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
    over: SessionOver | undefined;
    /** Highest revision of our own reads and writes. */
    revision: bigint;
  };

/**
 * Writes what differs, one transaction at a time, until the session is over; answers why. Each write is
 * carried out only if the node record still stands under this session's lease, so a registrar that was overtaken
 * cannot write over its successor. After a failure, and on each doubt, what the registry holds is read back first.
 */
export async function writeForNode(options: NodeSessionOptions, begun: BegunSession): Promise<SessionOver> {
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
  const backoff = new Backoff();
  void endWithLease(work);
  while (work.over === undefined && !signal.aborted) {
    try {
      const over = await turn(work);
      work.over ??= over;
      backoff.reset();
    } catch (error) {
      work.isDoubted = true;
      onNews({ type: "failed", reason: reasonOf(error) });
      await backoff.pause(signal);
    }
  }
  return work.over ?? { why: "stopped", reason: "stopped" };
}

async function endWithLease(work: Work): Promise<void> {
  const reason = await work.held.lost;
  work.over ??= { why: "lease-lost", reason };
  work.bell.ring();
}

/** Does the one thing that is due; answers why the session is over, if it is. */
async function turn(work: Work): Promise<SessionOver | undefined> {
  if (work.takeDoubt() || work.isDoubted) return lookAgain(work);
  const operations = work.records.nextWrites(work.session.lease);
  if (operations.length > 0) await writeRecords(work, operations);
  else if (!work.isSynced) await writeSynced(work);
  else if (work.oldLease !== undefined) await dropOldLease(work, work.oldLease);
  else await rest(work);
  return undefined;
}

async function rest(work: Work): Promise<void> {
  work.onNews({ type: "settled" });
  await work.bell.heard();
}

async function lookAgain(work: Work): Promise<SessionOver | undefined> {
  const { client, own, session, oldLease, held, revision } = work;
  work.isDoubted = true;
  const floor = revision > held.seenRevision() ? revision : held.seenRevision();
  const read = await readBack({ client, own, lease: session.lease, oldLease, floor });
  if (!read.ok) return read.over;
  work.records.adopt(read.held);
  work.revision = read.revision;
  work.isDoubted = false;
  return undefined;
}

/** False when the node record is not ours any more; a look then tells whose it is, or that the registry went back. */
async function write(work: Work, operations: readonly Operation[]): Promise<boolean> {
  const { client, own, session } = work;
  const outcome = await client.transact([{ key: nodeKeyOf(own), lease: session.lease }], operations);
  work.isDoubted = !outcome.succeeded;
  if (!outcome.succeeded) return false;
  work.revision = outcome.revision;
  return true;
}

async function writeRecords(work: Work, operations: readonly Operation[]): Promise<void> {
  if (await write(work, operations)) work.records.confirm(operations);
}

async function writeSynced(work: Work): Promise<void> {
  const { own, session } = work;
  const value = nodeRecordValue(own, session, true);
  work.isSynced = await write(work, [{ type: "put", key: nodeKeyOf(own), value, lease: session.lease }]);
}

/** Revoking a lease deletes its keys: one that still has any is left to run out. */
async function dropOldLease(work: Work, oldLease: string): Promise<void> {
  const left = await work.client.keysOfLease(oldLease);
  if (left?.some((key) => isKeyOfNode(work.own.node, key))) {
    work.isDoubted = true;
    return;
  }
  if (left?.length === 0) await work.client.revokeLease(oldLease);
  work.oldLease = undefined;
}
