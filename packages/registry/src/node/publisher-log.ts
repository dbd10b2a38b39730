import type { RegistryLog } from "../log.ts";
import type { RefusedRecord } from "./refused-records.ts";

/** How long writes may fail before that is a warning: longer than it takes to notice a silent partition. */
const warnAfterMs = 15_000;

/** What keeps the registry from taking records, and since when. */
type Failure = { readonly reason: string; readonly sinceMs: number; readonly isLogged: boolean };

/** How a node's claims stand. */
export type ClaimsState = {
  /** Why the registry takes none, as a sentence; undefined: it does. */
  readonly refusal: string | undefined;
  /** How many endpoints wait for theirs. */
  readonly postponed: number;
};

/** How a node stands in the registry. */
export type PublisherState = {
  /** The registry answers. */
  readonly connected: boolean;
  /** Every wanted record was written in this session, and the node record says so. */
  readonly synced: boolean;
  /** How many records are to be written or deleted now. */
  readonly pending: number;
  /** Records that the registry does not take: too large, not valid, or not this user's to write. */
  readonly refused: readonly RefusedRecord[];
  /** Why the registry does not take the claims of the node's endpoints, as a sentence; undefined: it does. */
  readonly claimsRefused?: string | undefined;
  /** Endpoints whose claims wait: a node puts sixty new ones a minute. */
  readonly claimsPostponed?: number;
  readonly lease?: string | undefined;
  readonly session?: string | undefined;
  /** How many sessions it has begun. */
  readonly sessions: number;
  /** What keeps the records from being written, as a sentence. */
  readonly waitingFor?: string | undefined;
};

/** What a publisher tells of its writes: each thing when it begins, and not at every try. */
export class PublisherLog {
  readonly #log: RegistryLog;
  #failure: Failure | undefined;
  #claims: ClaimsState = { refusal: undefined, postponed: 0 };
  #waitsFor: string | undefined;

  constructor(log: RegistryLog) {
    this.#log = log;
  }

  /** Why the registry, which answers, takes no records; undefined: it does. */
  get failure(): string | undefined {
    return this.#failure?.reason;
  }

  /** The node record is another's, for this reason; undefined: it is not. */
  onWaiting(reason: string | undefined): void {
    if (reason !== undefined && reason !== this.#waitsFor) this.#log.warn({ reason }, "waiting for the node record");
    this.#waitsFor = reason;
  }

  onRefused(refused: RefusedRecord): void {
    this.#log.warn({ ...refused }, "record refused by the registry");
  }

  onClaims(now: ClaimsState): void {
    const before = this.#claims;
    this.#claims = now;
    const { refusal: reason, postponed: endpoints } = now;
    if (reason !== undefined && reason !== before.refusal) this.#log.warn({ reason }, "no claims written");
    if (endpoints > 0 && before.postponed === 0) {
      this.#log.warn({ endpoints }, "claims wait: a node puts sixty new ones a minute");
    }
  }

  /** The watch logs a registry that is away; this is for one that answers and yet takes nothing. */
  onFailure(reason: string, isConnected: boolean): void {
    const { sinceMs, isLogged } = this.#failure ?? { sinceMs: performance.now(), isLogged: false };
    const isDue = !isLogged && isConnected && performance.now() - sinceMs >= warnAfterMs;
    this.#failure = { reason, sinceMs, isLogged: isLogged || isDue };
    if (isDue) this.#log.warn({ reason }, "registry takes no records");
  }

  /** The registry takes records again. */
  onTaken(): void {
    this.#failure = undefined;
  }
}
