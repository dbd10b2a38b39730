import { isDeepStrictEqual } from "node:util";
import { proxyKey, reasonOf } from "@fairway/contract";
import {
  startLeasedRecord,
  subscribe,
  type LeasedRecord,
  type RegistryClient,
  type SeenWrite,
  type Selector,
  type SubscriptionEvent,
} from "@fairway/registry";
import type { Log } from "@fairway/program";
import type { AgentConfig } from "../config/settings.ts";

/** What a {@link Membership} works with. */
export type MembershipOptions = {
  readonly client: RegistryClient;
  readonly leaseTtlMs: number;
  readonly onEvent: (event: SubscriptionEvent) => void;
  /** The newest write of the registry that this proxy has seen. */
  readonly newest: () => SeenWrite | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** The registry is listed again this often although nothing was lost: etcd may drop a delete around a compaction. */
const relistAfterMs = 3 * 60_000;

type Kept = { readonly key: string; readonly record: LeasedRecord };
type Followed = { readonly selectors: readonly Selector[]; readonly stop: () => void; readonly ended: Promise<void> };

/** This proxy's part in the registry: what it subscribes to, and its own record. Begins with the first `join`. */
export class Membership {
  readonly #options: MembershipOptions;
  #value: string | undefined;
  #kept: Kept | undefined;
  #followed: Followed | undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Takes part as this proxy from now on; what does not differ goes on as it is. */
  join({ node, proxyName, scope }: Pick<AgentConfig, "node" | "proxyName" | "scope">): void {
    this.#keep(proxyKey(node, proxyName));
    if (isDeepStrictEqual(this.#followed?.selectors, scope.selectors)) return;
    this.#followed?.stop();
    this.#followed = this.#follow(scope.selectors);
  }

  /** Declares the value of the own record; it is written as soon as it can be. */
  set(value: string): void {
    this.#value = value;
    this.#kept?.record.set(value);
  }

  /** Resolves when the signal has aborted and nothing is told any more. */
  async ended(): Promise<void> {
    await this.#followed?.ended;
  }

  /** Takes the own record out. Rejects when the registry is away; then it runs out. */
  async leave(): Promise<void> {
    await this.#kept?.record.remove();
  }

  #keep(key: string): void {
    const before = this.#kept;
    if (before?.key === key) return;
    const { client, leaseTtlMs, log, signal } = this.#options;
    // Without the log: the subscription tells of the registry's loss and return already.
    const record = startLeasedRecord({ client, key, leaseTtlMs, signal });
    this.#kept = { key, record };
    if (this.#value !== undefined) record.set(this.#value);
    before?.record.remove().catch((error: unknown) => log.debug({ reason: reasonOf(error) }, "own record runs out"));
  }

  #follow(selectors: readonly Selector[]): Followed {
    const { signal } = this.#options;
    const own = new AbortController();
    const stop = () => own.abort();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    const ended = subscribe({ ...this.#options, selectors, relistAfterMs, signal: own.signal });
    return { selectors, stop, ended };
  }
}
