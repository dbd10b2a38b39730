import { WorkQueue } from "@fairway/loop";
import { isDown, type Haproxy, type Listener, type Sections } from "@fairway/haproxy";
import { type Listing, type SubscriptionEvent } from "@fairway/registry";
import type { Log } from "@fairway/program";
import { DesiredIndex } from "./desired/desired-state.ts";
import type { ListenerFacts } from "./desired/listener-facts.ts";
import type { Vantage } from "./desired/reach.ts";
import type { Memory } from "./memory.ts";
import type { Wanted } from "./reconcile/progress.ts";
import type { Touched } from "./registry/endpoint-index.ts";
import { startJudgement } from "./registry/judgement.ts";
import { View } from "./registry/view.ts";
import { watchOrphans } from "./registry/watch-orphans.ts";
import { RejectionLog } from "./status/rejection-log.ts";

/** What an {@link Agent} works with. */
export type AgentOptions = {
  readonly facts: ListenerFacts;
  readonly sections: Sections;
  /** What an earlier agent knew. */
  readonly memory: Memory | undefined;
  /** True when no HAProxy of ours runs: then what is remembered is served until the registry answers. */
  readonly isServingMemory: boolean;
  readonly haproxy: Pick<Haproxy, "read">;
  /** The listeners as they were last applied. */
  readonly listeners: () => readonly Listener[];
  /** Reads keys of the registry, up to 100 at one revision. Rejects when it is away. */
  readonly get: (keys: readonly string[]) => Promise<Listing>;
  readonly listenerGraceMs: number;
  readonly orphanGraceMs: number;
  /** Called when anything may have changed: what is desired has to be applied. */
  readonly onChange: () => void;
  /** Ms since 1970; never jumps back. */
  readonly now: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/**
 * What is desired, from the registry's events. An event says which endpoints to look at again; what they come to is
 * decided from the view at once. Nothing is desired before the first whole listing; only a HAProxy that does not run is
 * started with what an earlier agent knew.
 */
export class Agent {
  readonly view: View;
  readonly index: DesiredIndex;
  readonly #options: AgentOptions;
  readonly #rejections: RejectionLog;
  readonly #queue: WorkQueue<"grace">;
  readonly #judgement: ReturnType<typeof startJudgement>;
  /** True when every listener has to be looked at again. */
  #isAll = true;
  #sinceMs: number | undefined;

  constructor(options: AgentOptions) {
    const { facts, sections, listenerGraceMs, memory, get, now, log, signal, orphanGraceMs } = options;
    this.#options = options;
    this.view = new View(memory?.view);
    this.index = new DesiredIndex({ facts, sections, listenerGraceMs, empty: memory?.empty ?? [] });
    this.#rejections = new RejectionLog(log);
    const work = async () => this.#endGrace();
    this.#queue = new WorkQueue({
      work,
      onError: (_key, error) => log.error({ error }, "listener grace failed"),
      signal,
    });
    const onTouched = (touched: Touched, sinceMs?: number) => this.#touch(touched, sinceMs);
    this.#judgement = startJudgement({ view: this.view, get, onTouched, graceMs: orphanGraceMs, now, log, signal });
  }

  /** Begins to ask HAProxy about orphans. */
  start(): void {
    const { haproxy, listeners, log, signal } = this.#options;
    const health = async () => {
      const { servers } = await haproxy.read();
      return servers.map((state) => ({ listener: state.listener, name: state.name, isDown: isDown(state) }));
    };
    watchOrphans({ view: this.view, listeners, health, onTouched: (touched) => this.#touch(touched), log, signal });
  }

  /** Resolves when the signal has aborted and nothing is judged any more. */
  async ended(): Promise<void> {
    await this.#judgement.ended;
  }

  /** Takes in what the subscription tells. */
  onEvent(event: SubscriptionEvent): void {
    const sinceMs = performance.now();
    const touched = this.view.fold(event, this.#options.now());
    this.#rejections.tell("records", [...this.view.unreadable.values()]);
    this.#judgement.wake();
    if (event.type === "listed") this.#isAll = true;
    this.#touch(touched, sinceMs);
  }

  /** Takes other sections from now on. */
  setSections(sections: Sections): void {
    this.index.setSections(sections);
    this.#options.onChange();
  }

  /** Stands elsewhere from now on, and serves nothing outside of these prefixes. */
  setPlace(vantage: Vantage, prefixes: readonly string[]): void {
    this.index.setFacts({ ...this.#options.facts, vantage });
    const listeners = Array.from(this.view.keepWithin(prefixes), ([port]) => port);
    if (listeners.length > 0) this.#options.log.info({ listeners }, "what is outside of the scope is let go");
    this.#isAll = true;
    this.#options.onChange();
  }

  /** What is desired now; undefined: nothing may be applied yet. */
  take(): Wanted | undefined {
    const { memory, isServingMemory } = this.#options;
    if (!this.view.isComplete && (memory === undefined || !isServingMemory)) return undefined;
    if (this.#isAll) for (const port of this.#allPorts()) this.#look(port, undefined);
    this.#isAll = false;
    const sinceMs = this.#sinceMs;
    this.#sinceMs = undefined;
    this.#armGrace();
    return { desired: this.index.desired(), revision: this.view.revision, sinceMs };
  }

  #touch(touched: Touched, sinceMs?: number): void {
    for (const [port, keys] of touched) this.#look(port, keys);
    if (touched.size > 0) this.#sinceMs ??= sinceMs;
    this.#options.onChange();
  }

  /** Decides a listener again: at once, so that all is decided when it is taken, however many events came meanwhile. */
  #look(port: number, keys: ReadonlySet<string> | undefined): void {
    const rejections = this.index.look({ port, keys }, this.view, this.#options.now());
    this.#rejections.tell(`port_${port}`, rejections);
  }

  #allPorts(): Iterable<number> {
    return new Set([...this.view.endpoints.ports(), ...this.index.ports()]);
  }

  /** Looks at empty listeners when the grace of one has passed. */
  #armGrace(): void {
    const next = this.index.nextLook();
    if (next !== Infinity) this.#queue.addAfter("grace", Math.max(next - this.#options.now(), 10));
  }

  #endGrace(): void {
    const expired = this.index.expired(this.#options.now());
    this.#touch(new Map(expired.map((port) => [port, new Set()])));
    this.#armGrace();
  }
}
