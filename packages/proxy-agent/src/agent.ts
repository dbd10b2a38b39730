import { reasonOf } from "@fairway/contract";
import { Backoff } from "@fairway/loop";
import { type Listing, type SubscriptionEvent } from "@fairway/registry";
import type { Log, Readiness } from "@fairway/program";
import type { Applier } from "./apply/applier.ts";
import type { Applied } from "./apply/context.ts";
import { Timers } from "./apply/timers.ts";
import { DesiredIndex } from "./desired/desired-state.ts";
import type { ListenerFacts } from "./desired/listener-facts.ts";
import type { Vantage } from "./desired/reach.ts";
import type { Desired } from "./desired/desired.ts";
import type { Sections } from "@fairway/haproxy";
import { Dirt } from "./dirt.ts";
import type { Memory } from "./memory.ts";
import { RejectionLog } from "./status/rejection-log.ts";
import { isDown } from "@fairway/haproxy";
import { createRunner, noRest, type Rest, type Runner } from "./runner.ts";
import { startJudgement } from "./registry/judgement.ts";
import type { Touched } from "./registry/endpoint-index.ts";
import { View } from "./registry/view.ts";
import { watchOrphans } from "./registry/watch-orphans.ts";

/** What an {@link Agent} works with. */
export type AgentOptions = {
  readonly facts: ListenerFacts;
  readonly sections: Sections;
  /** What HAProxy has against the settings, when earlier ones stay in force. */
  readonly refusal: string | undefined;
  /** What an earlier agent knew. */
  readonly memory: Memory | undefined;
  /** True when no HAProxy of ours runs: then what is remembered is served until the registry answers. */
  readonly isServingMemory: boolean;
  readonly applier: Pick<Applier, "apply" | "health">;
  /** Reads keys of the registry, up to 100 at one revision. Rejects when it is away. */
  readonly get: (keys: readonly string[]) => Promise<Listing>;
  readonly listenerGraceMs: number;
  readonly orphanGraceMs: number;
  /** Hears of every application, with the seconds since the event that asked for it. */
  readonly onApplied: (outcome: Applied, propagationS: number | undefined) => void;
  /** Something that reports show may have changed. */
  readonly onChange: () => void;
  /** Ms since 1970; never jumps back. */
  readonly now: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** What was last brought into HAProxy. */
export type Application = { readonly desired: Desired; readonly revision: bigint; readonly at: string };

/** What HAProxy does not take is tried again after this long: an address may be free by then. */
const retryMs = 10_000;

/** After a reload the next application waits for the end of a storm of events, as it may take another reload. */
const afterReload: Rest = { leastMs: 50, quietMs: 50, mostMs: 500 };

/** Timers cannot wait for weeks. */
const longestWaitMs = 3_600_000;

/**
 * The loop from the registry to HAProxy. An event says which endpoints to look at again; what they come to is decided
 * from the view at once, and a pass has HAProxy brought there. One pass at a time, the newest state wins. Nothing is
 * applied before the first whole listing; only a HAProxy that does not run is started with what an earlier agent knew.
 */
export class Agent {
  readonly view: View;
  readonly index: DesiredIndex;
  readonly #options: AgentOptions;
  readonly #dirt = new Dirt();
  readonly #rejections: RejectionLog;
  readonly #backoff = new Backoff();
  readonly #timers: Timers;
  readonly #runner: Runner;
  readonly #judgement: ReturnType<typeof startJudgement>;
  #applied: Application | undefined;
  #lastError: string | undefined;

  constructor(options: AgentOptions) {
    const { memory, signal, log, orphanGraceMs } = options;
    this.#options = options;
    this.#timers = new Timers(signal);
    this.view = new View(memory?.view);
    this.index = new DesiredIndex({ ...options, empty: memory?.empty ?? [] });
    this.#rejections = new RejectionLog(log);
    const { view } = this;
    const onTouched = (touched: Touched, since?: number) => this.#touched(touched, since);
    this.#runner = createRunner({ run: () => this.#pass(), onError: (error) => this.#failed(error), signal });
    this.#judgement = startJudgement({ ...options, view, onTouched, graceMs: orphanGraceMs });
  }

  /** Begins to work. */
  start(): void {
    const { applier } = this.#options;
    const listeners = () => this.#applied?.desired.listeners ?? [];
    const onTouched = (touched: Touched) => this.#touched(touched);
    watchOrphans({ ...this.#options, view: this.view, onTouched, listeners, health: healthOf(applier.health) });
    this.#runner.wake();
  }

  get applied(): Application | undefined {
    return this.#applied;
  }

  /** What is wrong now, as a sentence. */
  get lastError(): string | undefined {
    return this.#lastError ?? this.#options.refusal;
  }

  /** How long the present pass has lasted, in milliseconds. */
  get passMs(): number {
    return this.#runner.runningMs();
  }

  /** Resolves when the signal has aborted and no pass runs any more. */
  async ended(): Promise<void> {
    await Promise.all([this.#runner.ended, this.#judgement.ended]);
  }

  /** Takes in what the subscription tells. */
  onEvent(event: SubscriptionEvent): void {
    const at = performance.now();
    const touched = this.view.fold(event, this.#options.now());
    this.#rejections.tell("records", [...this.view.unreadable.values()]);
    this.#judgement.wake();
    this.#touched(touched, at);
    if (event.type === "listed") this.#lookAgain();
    if (this.#dirt.isClean && !this.#runner.isRunning()) this.#caughtUp();
    this.#options.onChange();
  }

  /** Takes other sections from now on. */
  setSections(sections: Sections): void {
    this.index.setSections(sections);
    this.#lookAgain();
  }

  /** Stands elsewhere from now on, and serves nothing outside of these prefixes. */
  setPlace(vantage: Vantage, prefixes: readonly string[]): void {
    this.index.setFacts({ ...this.#options.facts, vantage });
    const listeners = Array.from(this.view.keepWithin(prefixes), ([port]) => port);
    if (listeners.length > 0) this.#options.log.info({ listeners }, "what is outside of the scope is let go");
    this.#lookAgain();
  }

  /** Ready when all that the view holds is applied; else the sentence that says why not. */
  readiness(): Readiness {
    if (!this.view.isComplete) return { ready: false, reason: "the registry has not been listed yet" };
    if (this.#lastError !== undefined) return { ready: false, reason: this.#lastError };
    if (this.#applied && this.#applied.revision >= this.view.revision) return { ready: true };
    return { ready: false, reason: `revision ${this.view.revision} is not applied yet` };
  }

  #touched(touched: Touched, since?: number): void {
    if (touched.size === 0) return;
    for (const [port, keys] of touched) {
      this.#look(port, keys);
      this.#dirt.mark(port, since);
    }
    this.#runner.wake();
    this.#options.onChange();
  }

  #lookAgain(): void {
    this.#dirt.markAll();
    this.#runner.wake();
  }

  async #pass(): Promise<Rest> {
    const { memory, isServingMemory } = this.#options;
    if (!this.view.isComplete && (memory === undefined || !isServingMemory)) return noRest;
    const { ports, since } = this.#dirt.take();
    const { revision } = this.view;
    if (ports === undefined) for (const port of this.#allPorts()) this.#look(port, undefined);
    const desired = this.index.desired();
    const outcome = await this.#options.applier.apply(desired, ports);
    this.#backoff.reset();
    if (outcome.ok) this.#succeeded({ desired, revision, at: new Date(this.#options.now()).toISOString() });
    else this.#refused(outcome);
    this.#options.onApplied(outcome, secondsSince(since));
    this.#options.onChange();
    if (!outcome.ok) this.#timers.once("retry", retryMs, () => this.#lookAgain());
    this.#armGrace();
    return outcome.ok && outcome.how === "reload" ? afterReload : noRest;
  }

  /** Decides a listener again: at once, so that a pass finds everything decided however many events came meanwhile. */
  #look(port: number, keys: ReadonlySet<string> | undefined): void {
    const rejections = this.index.look({ port, keys }, this.view, this.#options.now());
    this.#rejections.tell(`port_${port}`, rejections);
  }

  #allPorts(): Iterable<number> {
    return new Set([...this.view.endpoints.ports(), ...this.index.ports()]);
  }

  #succeeded(application: Application): void {
    if (this.#lastError !== undefined) this.#options.log.info({}, "haproxy is in step again");
    this.#lastError = undefined;
    this.#applied = application;
    if (this.#dirt.isClean) this.#caughtUp();
  }

  #refused({ reasons, problems }: Extract<Applied, { ok: false }>): void {
    const told = problems.map(({ message, origin }) => [...(origin?.settings ?? []), message].join(": "));
    const error = `HAProxy does not take the configuration (${reasons.join("; ")}): ${told.join("; ")}`;
    if (error !== this.#lastError)
      this.#options.log.error({ reasons, problems }, "configuration refused, what runs goes on");
    this.#lastError = error;
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#options.signal.aborted) return;
    this.#dirt.markAll();
    const reason = reasonOf(error);
    if (reason !== this.#lastError) this.#options.log.error({ reason }, "application failed, trying again");
    this.#lastError = reason;
    this.#options.onChange();
    await this.#backoff.pause(this.#options.signal);
  }

  /** Nothing is left to apply: what runs is what the view holds. */
  #caughtUp(): void {
    if (this.#applied && this.#lastError === undefined) {
      this.#applied = { ...this.#applied, revision: this.view.revision };
    }
  }

  /** Looks at empty listeners when the grace of one has passed. */
  #armGrace(): void {
    const { now } = this.#options;
    if (this.index.nextLook() === Infinity) return;
    const waitMs = Math.min(Math.max(this.index.nextLook() - now(), 10), longestWaitMs);
    this.#timers.once("grace", waitMs, () => {
      this.#touched(new Map(this.index.expired(now()).map((port) => [port, new Set()])));
      this.#armGrace();
    });
  }
}

function secondsSince(at: number | undefined): number | undefined {
  return at === undefined ? undefined : (performance.now() - at) / 1000;
}

function healthOf(health: Applier["health"]) {
  return async () => {
    const states = await health();
    return states.map((state) => ({ listener: state.listener, name: state.name, isDown: isDown(state) }));
  };
}
