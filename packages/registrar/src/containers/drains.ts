import { drainKey, drainsPrefixOf, parseDrainKey, reasonOf, shown, wholeNode } from "@fairway/contract";
import type { Log } from "@fairway/program";
import { type RegistryClient, type Stored, subscribe, type SubscriptionEvent } from "@fairway/registry";
import { container12 } from "../docker/container.ts";

/** What {@link Drains} work with. */
export type DrainsOptions = {
  readonly client: RegistryClient;
  readonly node: string;
  /** Called when a container, by the beginning of its id, or `*` has come or gone. */
  readonly onChange: (container: string) => void;
  /** Whether the engine has no container of that id, or beginning of one, any more. Rejects when it does not say. */
  readonly isGone: (container: string) => Promise<boolean>;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** What etcd says to a role that has no grant on them. */
const denied = /permission denied/i;

/**
 * What operators drain of one node: `drains/<node>/<container12 or *>`, whose keys alone count. They stay as they were last
 * read while the registry is away.
 */
export class Drains {
  readonly #options: DrainsOptions;
  /** By container, the revision of its key. */
  readonly #revisions = new Map<string, bigint>();
  /** Keys below the node's that name nothing which can be drained. */
  readonly #odd = new Set<string>();
  #onKnown: () => void = () => undefined;
  /** What the engine listed last; undefined: nothing yet. */
  #listed: ReadonlySet<string> | undefined;
  #refusal: string | undefined;
  /** Resolves once they are known, or cannot be as the registry does not let them be read. */
  readonly known = new Promise<void>((resolve) => (this.#onKnown = resolve));

  constructor(options: DrainsOptions) {
    this.#options = options;
  }

  /** Follows the registry until the signal aborts. */
  async run(): Promise<void> {
    const { client, node, signal } = this.#options;
    const selectors = [{ prefix: drainsPrefixOf(node) }];
    await subscribe({ client, selectors, onEvent: (event) => this.onEvent(event), signal });
    this.#onKnown();
  }

  /** True for a container that takes no new connections. */
  isDrained(id: string): boolean {
    return this.#revisions.has(wholeNode) || this.#revisions.has(container12(id));
  }

  /** Containers by the beginning of their ids, and `*` for the whole node. */
  get all(): readonly string[] {
    return [...this.#revisions.keys()].toSorted();
  }

  /** What an operator is to know, as sentences. */
  get notes(): readonly string[] {
    const grant = "the etcd role of this registrar needs readwrite on drains/; until it has, nothing is drained";
    const refusal = `the registry does not tell what operators drain: ${this.#refusal}: ${grant}`;
    const [odd = ""] = this.#odd;
    const allowed = "a drain's key ends in the first 12 hex digits of a container's id, or in *";
    const passedOver = `keys that drain nothing: ${this.#odd.size}, such as ${shown(odd)}: ${allowed}`;
    return [...(this.#refusal === undefined ? [] : [refusal]), ...(this.#odd.size === 0 ? [] : [passedOver])];
  }

  /** Takes in an event of the subscription. */
  onEvent(event: SubscriptionEvent): void {
    if (event.type === "lost") return this.#onLost(event.reason);
    this.#refusal = undefined;
    if (event.type === "listed") this.#takeAll(event.listing.stored);
    else for (const change of event.changes) this.#take(change.type === "put" ? change.stored : change, change.type);
    this.#onKnown();
    void this.#endGone();
  }

  /** Takes in what the engine lists: drains of containers that it has no longer are deleted. */
  onListed(ids: readonly string[]): void {
    this.#listed = new Set([wholeNode, ...ids.map(container12)]);
    void this.#endGone();
  }

  /** A list may be older than a drain: each that is not in it is asked for by itself. */
  async #endGone(): Promise<void> {
    const { client, node, isGone, log } = this.#options;
    const unlisted = [...this.#revisions].filter(([container]) => this.#listed?.has(container) === false);
    for (const [container, modRevision] of unlisted) {
      const key = drainKey({ node, container12: container });
      try {
        if (!(await isGone(container))) continue;
        const { succeeded } = await client.transact([{ key, modRevision }], [{ type: "delete", key }]);
        if (succeeded) log.info({ key }, "drain of a container that is gone deleted");
      } catch (error) {
        log.debug({ key, reason: reasonOf(error) }, "drain of a container that may be gone stays until the next look");
      }
    }
  }

  #onLost(reason: string): void {
    if (!denied.test(reason)) return;
    this.#refusal = shown(reason);
    this.#onKnown();
  }

  #takeAll(stored: readonly Stored[]): void {
    const before = new Set(this.#revisions.keys());
    this.#revisions.clear();
    this.#odd.clear();
    for (const { key, modRevision } of stored) this.#put(key, modRevision);
    const changed = new Set([...before, ...this.#revisions.keys()]);
    for (const each of changed) if (before.has(each) !== this.#revisions.has(each)) this.#options.onChange(each);
  }

  #take({ key, modRevision }: Pick<Stored, "key" | "modRevision">, type: "put" | "delete"): void {
    const container = parseDrainKey(key)?.container12;
    if (container === undefined) return void this.#odd[type === "put" ? "add" : "delete"](key);
    const isNew = !this.#revisions.has(container);
    if (type === "put") this.#put(key, modRevision);
    else this.#revisions.delete(container);
    if (type === "delete" || isNew) this.#options.onChange(container);
  }

  #put(key: string, modRevision: bigint): void {
    const container = parseDrainKey(key)?.container12;
    if (container === undefined) this.#odd.add(key);
    else this.#revisions.set(container, modRevision);
  }
}
