import {
  type ClaimHolder,
  claimsPrefix,
  claimsPrefixOfHolder,
  nodesPrefix,
  parseClaimKey,
  reasonOf,
  type ServiceName,
} from "@fairway/contract";
import { jittered, type Rest, WorkQueue } from "@fairway/loop";
import type { RegistryLog } from "../log.ts";
import type { RegistryClient } from "../registry-client.ts";
import { endUnusedClaims, removedGraceMs } from "./end-claims.ts";

/** What {@link ClaimEnds} works with. */
export type ClaimEndsOptions = {
  readonly client: RegistryClient;
  /** How long a claim lasts that nothing asks for, where nobody removed the last container in order. */
  readonly graceMs: number;
  /** The same where somebody did. (10 min) */
  readonly removedMs?: number;
  /** How often all registrars together look through all claims. (1 h) */
  readonly sweepMs?: number;
  /** How long after a container's removal to look whether its claims are used: another may take its place. (5 s) */
  readonly pauseMs?: number;
  readonly log: RegistryLog;
  readonly signal: AbortSignal;
};

/** What a container asked for that was removed. */
export type RemovedContainer = {
  readonly name: ServiceName;
  /** The keys of its claims. */
  readonly claims: readonly string[];
};

/** A holder to look at, and what containers of it asked for that were removed since it last was. */
type Due = {
  readonly holder: ClaimHolder;
  readonly removed: Set<string>;
  readonly services: Map<string, ServiceName>;
};

/** How often a registrar looks at all claims, times the number of nodes. */
const sweepEveryMs = 3_600_000;
const claimsAtOnce = 200;
/** How much time there is between the holders of a page of claims, and between two pages. */
const gapMs = 100;
const holderRest: Rest = { leastMs: 10_000, quietMs: 0, mostMs: 10_000 };

/** The one key of the queue that is no holder: to look at the next page of all claims. */
const sweep = "";

/** How long after a container's removal its claims are looked at: another container may take its place. */
const usualPauseMs = 5000;

/**
 * Ends claims that nothing asks for: soon after a container was removed in order those that it asked for, and the others
 * by looking through all claims, page by page. What could not be looked at is looked at again later.
 */
export class ClaimEnds {
  readonly #options: ClaimEndsOptions;
  readonly #queue: WorkQueue<string>;
  readonly #due = new Map<string, Due>();
  /** Where the look through all claims goes on. */
  #after: string | undefined;

  constructor(options: ClaimEndsOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({
      work: (key) => (key === sweep ? this.#sweep() : this.#endClaimsOf(key)),
      onError: (key, error) => options.log.debug({ claims: key, reason: reasonOf(error) }, "claims not looked at"),
      retry: { firstMs: 5000, longestMs: 600_000 },
      signal: options.signal,
    });
  }

  /** Looks through all claims from now on; many registrars begin at many moments. */
  start(): void {
    const { sweepMs = sweepEveryMs } = this.#options;
    this.#queue.addAfter(sweep, Math.random() * sweepMs);
  }

  /** The engine has removed a container: what it asked for ends soon, unless something else asks for it. */
  onRemoved({ name, claims }: RemovedContainer): void {
    const { pauseMs = usualPauseMs } = this.#options;
    for (const claim of claims) {
      const due = this.#dueOf(claim);
      due?.removed.add(claim);
      due?.services.set(`${name.project}/${name.service}`, name);
      if (due !== undefined) this.#queue.addAfter(claimsPrefixOfHolder(due.holder), pauseMs);
    }
  }

  async #endClaimsOf(key: string): Promise<Rest> {
    const { client, graceMs, removedMs = removedGraceMs, log } = this.#options;
    const due = this.#due.get(key);
    if (due === undefined) return holderRest;
    const { holder, removed, services } = due;
    // What is removed from now on is looked at once more.
    this.#due.delete(key);
    const graceOf = (claim: string) => (removed.has(claim) ? Math.min(removedMs, graceMs) : graceMs);
    try {
      const ended = await endUnusedClaims(client, { holder, graceOf, likely: [...services.values()] });
      for (const claim of ended)
        log.info({ key: claim, graceMs: graceOf(claim) }, "claim ends: nothing asks for its port");
    } catch (error) {
      this.#restore(key, due);
      throw error;
    }
    return holderRest;
  }

  #restore(key: string, { holder, removed, services }: Due): void {
    const since = this.#due.get(key);
    this.#due.set(key, {
      holder,
      removed: new Set([...removed, ...(since?.removed ?? [])]),
      services: new Map([...services, ...(since?.services ?? [])]),
    });
  }

  /** Looks at one page of claims. */
  async #sweep(): Promise<void> {
    const { client, sweepMs = sweepEveryMs } = this.#options;
    const { stored } = await client.page(claimsPrefix, { after: this.#after, limit: claimsAtOnce });
    const lasting = stored.filter(({ lease }) => lease === undefined);
    const dues = new Set(lasting.flatMap(({ key }) => this.#dueOf(key) ?? []));
    for (const [at, { holder }] of [...dues].entries()) this.#queue.addAfter(claimsPrefixOfHolder(holder), at * gapMs);
    const isLast = stored.length < claimsAtOnce;
    this.#after = isLast ? undefined : stored.at(-1)?.key;
    const [nodes = 1] = isLast ? await client.count([nodesPrefix]) : [];
    this.#queue.addAfter(sweep, isLast ? jittered(sweepMs) * Math.max(1, nodes) : (dues.size + 1) * gapMs);
  }

  /** What is to be done for a claim's holder; undefined: the key is no claim's. */
  #dueOf(claim: string): Due | undefined {
    const holder = parseClaimKey(claim);
    if (holder === undefined) return undefined;
    const key = claimsPrefixOfHolder(holder);
    const due = this.#due.get(key) ?? { holder, removed: new Set(), services: new Map() };
    this.#due.set(key, due);
    return due;
  }
}
