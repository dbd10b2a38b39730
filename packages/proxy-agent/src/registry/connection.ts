import { once } from "node:events";
import { isDeepStrictEqual } from "node:util";
import { proxyKey, reasonOf, type Handout } from "@fairway/contract";
import { wait } from "@fairway/loop";
import type { Log } from "@fairway/program";
import {
  startLeasedRecord,
  subscribe,
  type LeasedRecord,
  type RegistryAccess,
  type SeenWrite,
  type Selector,
  type SubscriptionEvent,
} from "@fairway/registry";
import { AddonFollower, identityIn, type AddonStatus, type Identity } from "./addon.ts";
import { accessIn, askAddon } from "./ask-addon.ts";
import { LocalAddresses } from "./local-addresses.ts";
import type { Scope } from "./scope.ts";
import type { SwitchedClient } from "./switched-client.ts";

/** Who this proxy is in the registry, and what it subscribes to. */
export type Participant = { readonly node: string; readonly proxyName: string; readonly scope: Scope };

/** What {@link RegistryConnection} works with; `Config` holds more than the connection itself needs. */
export type ConnectionOptions<Config extends Participant> = {
  /** True: the addon is asked for the access to the registry; else it comes with {@link RegistryConnection.use}. */
  readonly isByAddon: boolean;
  readonly addonUrl: string | undefined;
  readonly leaseTtlMs: number;
  /** What the addon said to an earlier agent. */
  readonly identity: Identity | undefined;
  /** The configuration that follows from what the addon says of this proxy; undefined: nothing. */
  readonly configFor: (identity: Identity | undefined) => Config;
  readonly client: SwitchedClient;
  /** The newest write of the registry that this proxy has seen. */
  readonly newest: () => SeenWrite | undefined;
  readonly onEvent: (event: SubscriptionEvent) => void;
  /** Called when the proxy's identity or vantage may have changed. */
  readonly onMove: (config: Config) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** How much time there is at least between two writes of a proxy's own record. */
export const ownRecordGapMs = 10_000;

/** How long the registry has at the agent's end, which it must not hold up. */
const leaveMs = 2000;

type Record = { readonly key: string; readonly leased: LeasedRecord };
type Subscription = { readonly selectors: readonly Selector[]; readonly own: AbortController; ended: Promise<void> };

/**
 * This proxy's part in the registry: its subscription and its own record, as its settings say, or as the addon does,
 * whose answer may change. Nothing is asked or written before {@link use} or {@link followAddon}.
 */
export class RegistryConnection<Config extends Participant> {
  readonly #options: ConnectionOptions<Config>;
  #config: Config;
  #identity: Identity | undefined;
  #addon: AddonFollower | undefined;
  #access: Handout["registry"] | undefined;
  #record: Record | undefined;
  #value: string | undefined;
  #subscription: Subscription | undefined;

  constructor(options: ConnectionOptions<Config>) {
    this.#options = options;
    this.#identity = options.identity;
    this.#config = options.configFor(options.identity);
  }

  get config(): Config {
    return this.#config;
  }

  /** What the addon said last; undefined: nothing, or it is not asked. */
  get identity(): Identity | undefined {
    return this.#identity;
  }

  /** Undefined: the addon is not asked. */
  get addonStatus(): AddonStatus | undefined {
    return this.#addon?.status;
  }

  /** Why it has no access to the registry yet; undefined: it has. */
  get waitingFor(): string | undefined {
    const { isByAddon, client } = this.#options;
    if (isByAddon) return this.#addon?.waitingFor;
    return client.access === undefined ? "waiting for the files by which the registry is reached" : undefined;
  }

  /** Has the addon asked, and takes part in the registry as it says. */
  followAddon(): void {
    this.#addon = this.#openAddon();
    this.#addon.askAgain();
  }

  /** Takes part in the registry by this access from now on; a later one makes new connections. Throws on unusable certificates. */
  use(access: RegistryAccess): void {
    const { client } = this.#options;
    if (client.access !== undefined) return client.renew(access);
    client.use(access);
    this.#join();
  }

  /** Declares the value of the own record; it is written as soon as it can be, `isUrgent`: whatever was written just before. */
  setRecord(value: string, isUrgent = false): void {
    this.#value = value;
    this.#record?.leased.set(value, isUrgent);
  }

  /** Makes the configuration anew, after a change of something other than the addon's answer. */
  reconfigure(): void {
    const { configFor, onMove } = this.#options;
    this.#config = configFor(this.#identity);
    onMove(this.#config);
    this.#join();
  }

  /** Resolves when the signal has aborted and nothing is called back any more. */
  async ended(): Promise<void> {
    const { signal } = this.#options;
    // Before the addon's first answer nothing else lasts until then.
    if (!signal.aborted) await once(signal, "abort");
    await this.#addon?.idle();
    await this.#subscription?.ended;
  }

  /** Takes the own record out of the registry; one that is away lets it run out. */
  async leave(): Promise<void> {
    const over = new AbortController();
    const removed = this.#record?.leased.remove().catch((error: unknown) => this.#logRunningOut(error));
    await Promise.race([removed, wait(leaveMs, over.signal)]);
    over.abort();
  }

  #openAddon(): AddonFollower {
    const { addonUrl, log, signal } = this.#options;
    // A container that joins or leaves a network sees its addresses change before anyone tells it.
    const addresses = new LocalAddresses({ onChange: () => addon.askAgain(), signal });
    const ask = () => {
      // Before the answer: what changes after it must be noticed.
      addresses.note();
      return askAddon(addonUrl, signal);
    };
    const addon = new AddonFollower({ ask, onHandout: (handout) => this.#takeHandout(handout), log, signal });
    return addon;
  }

  #takeHandout(handout: Handout): void {
    const { client } = this.#options;
    // Sessions end with each change of the access: a proxy that only changed its networks keeps them.
    if (!isDeepStrictEqual(this.#access, handout.registry)) client.use(accessIn(handout));
    this.#access = handout.registry;
    this.#identity = identityIn(handout);
    this.reconfigure();
  }

  /** Takes part as the present configuration says; what does not differ goes on as it is. */
  #join(): void {
    const { node, proxyName, scope } = this.#config;
    this.#keepRecord(proxyKey(node, proxyName));
    if (isDeepStrictEqual(this.#subscription?.selectors, scope.selectors)) return;
    this.#subscription?.own.abort();
    this.#subscription = this.#subscribe(scope.selectors);
  }

  #keepRecord(key: string): void {
    const before = this.#record;
    if (before?.key === key) return;
    const { client, leaseTtlMs, signal } = this.#options;
    // Without the log: the subscription logs the registry's loss and return already.
    const leased = startLeasedRecord({ client, key, leaseTtlMs, leastGapMs: ownRecordGapMs, signal });
    this.#record = { key, leased };
    if (this.#value !== undefined) leased.set(this.#value);
    before?.leased.remove().catch((error: unknown) => this.#logRunningOut(error));
  }

  #subscribe(selectors: readonly Selector[]): Subscription {
    const { client, newest, log } = this.#options;
    const own = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, own.signal]);
    const onEvent = (event: SubscriptionEvent) => this.#onEvent(event);
    return { selectors, own, ended: subscribe({ client, selectors, newest, onEvent, log, signal }) };
  }

  #onEvent(event: SubscriptionEvent): void {
    this.#options.onEvent(event);
    this.#addon?.onEvent(event);
  }

  #logRunningOut(error: unknown): void {
    this.#options.log.debug({ reason: reasonOf(error) }, "own record runs out");
  }
}
