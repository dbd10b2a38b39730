import type { SeenKey } from "../watched-key.ts";
import type { Claim } from "./claim.ts";
import type { SessionNews } from "./node-session.ts";

/** How a node stands in the registry. */
export type PublisherState = {
  /** The registry answers. */
  readonly connected: boolean;
  /** Every wanted record was written in this session, and the node record says so. */
  readonly synced: boolean;
  readonly lease?: string | undefined;
  readonly session?: string | undefined;
  /** How many sessions it has begun. */
  readonly sessions: number;
  /** What keeps the records from being written, as a sentence. */
  readonly waitingFor?: string | undefined;
};

/** What a publisher has learnt so far. */
export type PublisherFacts = {
  readonly seen: SeenKey;
  readonly claim: Claim | undefined;
  readonly session: Extract<SessionNews, { type: "began" }> | undefined;
  readonly sessions: number;
  readonly isSynced: boolean;
  /** Why the last read or write failed, until one succeeds. */
  readonly failure: string | undefined;
};

/** The state as others are shown it. */
export function publisherState({ seen, claim, session, sessions, isSynced, failure }: PublisherFacts): PublisherState {
  return {
    connected: seen.isKnown,
    synced: isSynced,
    lease: session?.lease,
    session: session?.session,
    sessions,
    waitingFor: waitingFor(),
  };

  function waitingFor(): string | undefined {
    if (!seen.isKnown) return `the registry: ${seen.reason}`;
    if (session === undefined && claim?.type === "wait") return claim.sentence;
    if (failure !== undefined) return `the registry to take our records: ${failure}`;
    return isSynced ? undefined : "the node's records to be written";
  }
}
