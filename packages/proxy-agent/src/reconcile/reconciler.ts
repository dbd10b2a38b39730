import { addAbortListener } from "node:events";
import type { Haproxy } from "@fairway/haproxy";
import { WorkQueue, type BackoffTimes, type Rest } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { Desired, EndpointRejection, Wanted } from "../desired/desired.ts";
import type { StateFiles } from "../files/state-files.ts";
import { Applier } from "./applier.ts";
import type { BindableOptions } from "../binding/bindable.ts";
import type { Running } from "./lifecycle.ts";
import type { Observed } from "../observed.ts";
import type { ListenerRefusal } from "../binding/port-judge.ts";
import { Progress, type Applied } from "./progress.ts";
import { usualWindowMs } from "./reload-pace.ts";
import { TakenPorts } from "../binding/taken-ports.ts";
import type { WaitingListener } from "./waiting-listeners.ts";

/** What a {@link Reconciler} works with. */
export type ReconcilerOptions = {
  readonly haproxy: Haproxy;
  readonly files: StateFiles;
  /** Of haproxy.cfg, see `RenderOptions`. */
  readonly template: string;
  /** The HAProxy that an earlier agent left; undefined: none runs. */
  readonly adopted: Running | undefined;
  /** How long sessions to gone servers may last. */
  readonly drainTimeoutMs: number;
  /** How long a server that arrives beside others takes to come to its weight; 0: it has it at once. */
  readonly slowStartMs: number;
  /** More workers than this that finish their connections after a reload are not kept. (25) */
  readonly mostOldWorkers?: number;
  /** How long no connection is cut by reloads for new listeners, see `pacedWindowMs`. (6 h) */
  readonly pacedWindowMs?: number;
  /** The containers that have a port of the machine. (none) */
  readonly hostPortsAt?: BindableOptions["hostPortsAt"];
  /** How old the claim on a listener is: lower is older; undefined: the youngest. (all alike) */
  readonly ageOf?: BindableOptions["ageOf"];
  /** Addresses that other programs were seen to hold. (none yet) */
  readonly taken?: TakenPorts;
  /** What is desired now; undefined: nothing may be applied yet. */
  readonly desired: { readonly take: () => Wanted | undefined };
  /** Called after each application of what is desired. */
  readonly onApplied?: (outcome: Applied, wanted: Wanted) => void;
  /** Called when work failed, after each step of draining, and when HAProxy was started again with what it had. */
  readonly onChange?: (error?: unknown) => void;
  readonly log: Log;
  /** Aborting it ends all work; HAProxy goes on. */
  readonly signal: AbortSignal;
};

/** What the queue is woken for. */
type Reason = "reconcile" | "observe" | "drain" | "slow-start";

/** After a reload the next application waits for the end of a storm of events, as it may take another reload. */
const afterReload: Rest = { leastMs: 50, quietMs: 50, mostMs: 500 };
const retryTimes: BackoffTimes = { firstMs: 100, longestMs: 2000 };
/** What HAProxy does not take is tried again after this long: an address may be free by then. */
const refusedConfigurationMs = 10_000;
/** Sooner when HAProxy is gone. */
const lostMs = 1000;
const observeMs = 3 * 60_000;

/**
 * Brings HAProxy to what is desired and keeps it there: starts it, sends runtime commands or reloads, and starts it
 * again when it is gone. One thing at a time; the newest desired state counts.
 */
export class Reconciler {
  readonly progress: Progress;
  readonly #options: ReconcilerOptions;
  readonly #ended = new AbortController();
  readonly #queue: WorkQueue<Reason>;
  /** Looks at listeners that are left out: beside applications, which do not wait for it. */
  readonly #ports: WorkQueue<"ports">;
  readonly #applier: Applier;
  readonly #works: { readonly [Each in Reason]: () => Promise<Rest | void> } = {
    reconcile: () => this.#reconcile(),
    observe: () => this.#resync(),
    drain: () => this.#drain(),
    "slow-start": () => this.#applier.runtime.stepSlowStart(),
  };
  /** What was last to be applied. */
  #desired: Desired | undefined;
  #refusals: readonly ListenerRefusal[] = [];
  /** True from an adoption until the first application tells what is served. */
  #isAdopted: boolean;

  constructor(options: ReconcilerOptions) {
    const { haproxy, files, template, adopted, drainTimeoutMs, slowStartMs, log } = options;
    const { mostOldWorkers, pacedWindowMs = usualWindowMs } = options;
    const { hostPortsAt = () => [], ageOf = () => undefined, taken = new TakenPorts() } = options;
    this.#options = options;
    addAbortListener(options.signal, () => this.#ended.abort());
    this.progress = new Progress(log);
    this.#applier = new Applier({
      haproxy,
      files,
      template,
      adopted,
      drainTimeoutMs,
      slowStartMs,
      mostOldWorkers,
      pacedWindowMs,
      ports: { hostPortsAt, ageOf, taken },
      wake: () => this.wake(),
      onWorkersEnded: (count) => this.progress.countEndedWorkers(count),
      log,
      signal: this.#ended.signal,
    });
    this.#isAdopted = adopted !== undefined;
    this.#queue = new WorkQueue({
      work: (reason) => this.#work(reason),
      onError: (reason, error, failures) => this.#fail(reason, error, failures),
      retry: retryTimes,
      signal: this.#ended.signal,
    });
    this.#ports = new WorkQueue({
      work: () => this.#lookAtPorts(),
      onError: (reason, error, failures) => this.#fail(reason, error, failures),
      retry: retryTimes,
      signal: this.#ended.signal,
    });
    this.#queue.addAfter("observe", observeMs);
  }

  /** Has what is desired applied: at once, or when what is under way is over. */
  wake(): void {
    this.#queue.add("reconcile");
  }

  /** What HAProxy holds; undefined: none of ours runs. */
  get observed(): Observed | undefined {
    return this.#applier.runtime.observed;
  }

  /** Listeners that the last application left out, for what is known now; each is looked at again within 30 s. */
  get refusals(): readonly ListenerRefusal[] {
    return this.#refusals.map((each) => this.#applier.bindable.refusalOf(each.listener) ?? each);
  }

  /** Listeners that are served although a container of this node has a right to their port. */
  get owed(): readonly ListenerRefusal[] {
    return this.#desired ? this.#applier.bindable.owedIn(this.#desired, this.observed) : [];
  }

  /** New listeners that wait for a reload. */
  get waiting(): readonly WaitingListener[] {
    return this.#applier.waiting.all;
  }

  /** The node's host ports have changed: looks again at listeners that are left out because of it. */
  lookAtHostPorts(): void {
    this.#applier.bindable.lookAtHostPorts();
    this.#scheduleLook();
    this.#options.onChange?.();
  }

  /** Endpoints that are left out: they lead back to HAProxy's own listeners, or HAProxy refuses their labels. */
  get leftOut(): readonly EndpointRejection[] {
    return [...this.#applier.ownListenerServers.rejections, ...this.#applier.quarantine.rejections];
  }

  /** How long the present work has lasted, in milliseconds; 0: there is none. */
  busyMs(): number {
    return this.#queue.busyMs();
  }

  /** Ends all work, and resolves when none is under way. HAProxy goes on. */
  async close(): Promise<void> {
    this.#ended.abort();
    await Promise.all([this.#queue.idle(), this.#ports.idle()]);
  }

  /** Ends all work and then HAProxy: connections may finish for `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    await this.close();
    await this.#applier.stop(limitMs);
  }

  async #work(reason: Reason): Promise<Rest | void> {
    try {
      return await this.#works[reason]();
    } finally {
      // Work that failed may have sent commands all the same.
      this.#scheduleSteps();
    }
  }

  async #drain(): Promise<void> {
    await this.#applier.runtime.drain();
    this.#options.onChange?.();
  }

  #scheduleSteps(): void {
    const { drain, slowStart } = this.#applier.runtime.nextStepsMs;
    if (drain !== undefined) this.#queue.addAfter("drain", drain);
    if (slowStart !== undefined) this.#queue.addAfter("slow-start", slowStart);
    this.#scheduleLook();
  }

  #scheduleLook(): void {
    const { nextLookMs } = this.#applier.bindable;
    if (nextLookMs !== undefined) this.#ports.addAfter("ports", nextLookMs);
  }

  async #reconcile(): Promise<Rest | void> {
    const wanted = this.#options.desired.take();
    this.#desired = wanted?.desired ?? this.#desired;
    if (!wanted) {
      if (await this.#applier.restart()) this.#options.onChange?.();
      return;
    }
    const outcome = await this.#applier.apply(wanted.desired);
    await this.#settle(outcome, wanted);
    return outcome.ok && outcome.how === "reload" ? afterReload : undefined;
  }

  async #settle(outcome: Applied, wanted: Wanted): Promise<void> {
    if (outcome.ok && this.#isAdopted) await this.#applier.runtime.takeStrays(this.#applier.select(wanted.desired));
    if (outcome.ok) this.#isAdopted = false;
    this.#refusals = this.#applier.bindable.refusalsIn(wanted.desired);
    if (outcome.ok) this.progress.succeed(wanted);
    else this.progress.refuse(outcome);
    if (!outcome.ok) this.#queue.addAfter("reconcile", this.#applier.isLost ? lostMs : refusedConfigurationMs);
    this.#options.onApplied?.(outcome, wanted);
  }

  /** What runs is what HAProxy says, not what is remembered; what differs is put right. */
  async #resync(): Promise<void> {
    const { observed } = this.#applier.runtime;
    this.#queue.addAfter("observe", observeMs);
    if (!observed) return;
    await this.#options.haproxy.boundOutput();
    await this.#applier.runtime.observe(observed);
    this.wake();
  }

  async #lookAtPorts(): Promise<void> {
    try {
      if (await this.#applier.lookAtPorts()) this.wake();
      this.#options.onChange?.();
    } finally {
      this.#scheduleLook();
    }
  }

  #fail(reason: Reason | "ports", error: unknown, failures: number): void {
    if (reason === "reconcile") this.progress.fail(error);
    else if (failures === 1) this.#options.log.error({ reason, error: String(error) }, "haproxy maintenance failed");
    this.#options.onChange?.();
  }
}
