import type { RegistryClient } from "../registry-client.ts";
import type { Stored } from "../stored.ts";
import { isKeptAlive } from "./kept-alive.ts";
import { decideOwnership, type Ownership } from "./node-ownership.ts";
import type { OwnNode } from "./own-node.ts";

/** More than are begun while a record of one of them may stand. */
const mostOwnSessions = 1000;

/** Judges whether this registrar may write its node's records, by what it has done itself and whom it has heard. */
export class OwnershipJudge {
  readonly #client: Pick<RegistryClient, "timeOfLease">;
  readonly #own: OwnNode;
  /** The ids of the sessions that this registrar has begun, also in vain: of those without end the newest. */
  readonly #ownSessions = new Set<string>();
  #lastTakenAt = 0n;
  #livingLease: string | undefined;

  constructor(client: Pick<RegistryClient, "timeOfLease">, own: OwnNode) {
    this.#client = client;
    this.#own = own;
  }

  /** Notes that a session is about to begin. */
  onBegin(session: string): void {
    this.#ownSessions.add(session);
    const [oldest] = this.#ownSessions;
    if (oldest !== undefined && this.#ownSessions.size > mostOwnSessions) this.#ownSessions.delete(oldest);
  }

  /** Notes the revision at which a session took the node record. */
  onTaken(revision: bigint): void {
    this.#lastTakenAt = revision;
  }

  /**
   * Decides on the node record as it stands. Where that depends on whether its registrar lives, a third of its lease's
   * time goes by at most. Rejects when the registry is away.
   */
  async judge(stored: Stored | undefined): Promise<Exclude<Ownership, { readonly type: "doubt" }>> {
    const ownership = decideOwnership({
      stored,
      own: this.#own,
      ownSessions: this.#ownSessions,
      lastTakenAt: this.#lastTakenAt,
    });
    if (ownership.type !== "doubt") return ownership;
    const { take, lease, sentence } = ownership;
    // A registrar that was heard once is not listened to again for each change of our own containers.
    if (this.#livingLease !== lease && !(await isKeptAlive(this.#client, lease))) return take;
    this.#livingLease = lease;
    return { type: "wait", sentence };
  }
}
