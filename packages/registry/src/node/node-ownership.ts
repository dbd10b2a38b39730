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
  | { readonly type: "wait"; readonly sentence: string };

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
 * than our own is no successor's, it comes from a restored backup. A record without a lease is nobody's.
 */
export function decideOwnership({ stored, own, ownSessions, lastTakenAt }: OwnershipFacts): Ownership {
  if (stored === undefined) return { type: "take", readAt: 0n, formerLease: undefined };
  const take: Ownership = { type: "take", readAt: stored.modRevision, formerLease: stored.lease };
  if (stored.lease === undefined) return take;
  const decoded = decode(nodeRecordSchema, stored.value);
  if (!decoded.ok) return waitFor(`${stored.key} is held by a registrar that this one cannot read: ${decoded.reason}`);
  const { engineId, session } = decoded.record;
  if (engineId !== own.engineId) return waitFor(otherEngine(stored.key, engineId, own.engineId));
  const isOvertaken = !ownSessions.has(session) && lastTakenAt > 0n && stored.modRevision > lastTakenAt;
  return isOvertaken ? waitFor(`${stored.key} was taken over by another registrar of this engine`) : take;
}

/** More than are begun while a record of one of them may stand. */
const mostOwnSessions = 1000;

/** The ids of the sessions that this registrar has begun, also in vain: of those without end the newest. */
export class OwnSessions {
  readonly #ids = new Set<string>();

  add(id: string): void {
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (oldest !== undefined && this.#ids.size > mostOwnSessions) this.#ids.delete(oldest);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }
}

function waitFor(sentence: string): Ownership {
  return { type: "wait", sentence };
}

function otherEngine(key: string, theirs: string, ours: string): string {
  return `${key} is held by the live registrar of Docker engine ${shown(theirs)}, ours is ${shown(ours)}: give one of the nodes another NODE_NAME`;
}
