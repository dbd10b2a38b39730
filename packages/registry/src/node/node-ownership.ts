import { decode } from "@fairway/contract";
import { nodeRecordSchema } from "@fairway/contract";
import type { Stored } from "../stored.ts";
import { shown } from "@fairway/contract";
import type { OwnNode } from "./own-node.ts";

/** Whether a registrar may write its node's records now. */
export type Ownership =
  | {
      readonly type: "take";
      /** The node record's revision when this was decided; 0: there is none. */
      readonly readAt: bigint;
      /** The lease under which the node's records stand so far. */
      readonly formerLease: string | undefined;
    }
  | { readonly type: "wait"; readonly sentence: string }
  /** To wait with the sentence while somebody keeps the lease alive; else to take. */
  | { readonly type: "doubt"; readonly lease: string; readonly sentence: string; readonly take: Taking };

type Taking = Extract<Ownership, { readonly type: "take" }>;

/** What ownership is decided on. */
export type OwnershipFacts = {
  /** The node record as the registry holds it. */
  readonly stored: Stored | undefined;
  readonly own: OwnNode;
  /** Every session that this registrar has begun. */
  readonly ownSessions: Pick<ReadonlySet<string>, "has">;
  /** Revision at which this registrar last began a session; 0: never. */
  readonly lastTakenAt: bigint;
};

/**
 * Decides who writes for a node. A record of the same engine is taken over: its registrar has been restarted. But a
 * registrar that was overtaken by another one waits, or the two would overtake each other for ever; a record older
 * than our own is no successor's, it comes from a restored backup. A record without a lease is nobody's. One of our
 * engine and another boot is that of our machine before it booted, or of a cloned machine that lives.
 */
export function decideOwnership({ stored, own, ownSessions, lastTakenAt }: OwnershipFacts): Ownership {
  if (stored === undefined) return { type: "take", readAt: 0n, formerLease: undefined };
  const take: Taking = { type: "take", readAt: stored.modRevision, formerLease: stored.lease };
  if (stored.lease === undefined) return take;
  const decoded = decode(nodeRecordSchema, stored.value);
  if (!decoded.ok) return waitFor(`${stored.key} is held by a registrar that this one cannot read: ${decoded.reason}`);
  const { engineId, session } = decoded.record;
  if (engineId !== own.engineId) return waitFor(otherEngine(stored.key, engineId, own.engineId));
  if (isAnotherBoot(decoded.record.bootId, own.bootId)) {
    return { type: "doubt", lease: stored.lease, sentence: otherBoot(stored.key, decoded.record, own), take };
  }
  const isOvertaken = !ownSessions.has(session) && lastTakenAt > 0n && stored.modRevision > lastTakenAt;
  return isOvertaken ? waitFor(`${stored.key} was taken over by another registrar of this engine`) : take;
}

/** A kernel may tell no boot id. */
function isAnotherBoot(theirs: string, ours: string): boolean {
  return theirs !== "" && ours !== "" && theirs !== ours;
}

function waitFor(sentence: string): Ownership {
  return { type: "wait", sentence };
}

function otherEngine(key: string, theirs: string, ours: string): string {
  return `${key} is held by the live registrar of Docker engine ${shown(theirs)}, ours is ${shown(ours)}: give one of the nodes another NODE_NAME`;
}

type Machine = Pick<OwnNode, "engineId" | "address" | "bootId">;

function otherBoot(key: string, theirs: Machine, own: Machine): string {
  const told = `${key} is held by the live registrar of Docker engine ${shown(theirs.engineId)} at ${shown(theirs.address)}`;
  const both = `${told}, booted as ${shown(theirs.bootId)}; ours is at ${own.address}, booted as ${own.bootId}`;
  return `${both}: of cloned machines give one another NODE_NAME, and an engine id of its own`;
}
