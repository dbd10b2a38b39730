import { EventEmitter } from "node:events";
import { WorkQueue, type BackoffTimes, type Rest } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { Desired, EndpointRejection, Wanted } from "../desired/desired.ts";
import type { Applier } from "./applier.ts";
import type { Observed } from "../observed.ts";
import type { ListenerRefusal } from "../binding/port-judge.ts";
import { Progress, type Applied } from "./progress.ts";
import type { WaitingListener } from "./waiting-listeners.ts";

/** What a {@link Reconciler} works with. */
export type ReconcilerOptions = {
  /** Ends with it. */
  readonly applier: Applier;
  /** What is desired now; undefined: nothing may be applied yet. */
  readonly desired: { readonly take: () => Wanted | undefined };
  readonly log: Log;
};

/** What the queue is woken for. */
type Reason = "reconcile" | "observe" | "drain" | "slow-start" | "certificates";

/** After a reload the next application waits for the end of a storm of events, as it may take another reload. */
const afterReload: Rest = { leastMs: 50, quietMs: 50, mostMs: 500 };
const retryTimes: BackoffTimes = { firstMs: 100, longestMs: 2000 };
/** After how long what HAProxy does not take is tried again: an address may be free by then. */
const retryRefusedMs = 10_000;
/** After how long it is tried again when HAProxy is gone. */
const retryLostMs = 1000;
/** How often what HAProxy runs is read back although nothing failed. */
const observeEveryMs = 3 * 60_000;

/**
 * Brings HAProxy to what is desired and keeps it there: starts it, sends runtime commands or reloads, and starts it
 * again when it is gone. One thing at a time; the newest desired state counts. Emits `wanted` before and `applied` after
 * each application, and `change` when work failed, after each step of draining, and when HAProxy was started again with what it had.
 */
export class Reconciler extends EventEmitter<{ wanted: [Wanted]; applied: [Applied, Wanted]; change: [] }> {
  readonly progress: Progress;
  readonly #options: ReconcilerOptions;
  readonly #applier: Applier;
  readonly #queue: WorkQueue<Reason>;
  /** Looks at listeners that are left out: beside applications, which do not wait for it. */
  readonly #ports: WorkQueue<"ports">;
  readonly #works: { readonly [Each in Reason]: () => Promise<Rest | void> } = {
    reconcile: () => this.#reconcile(),
    observe: () => this.#resync(),
    drain: () => this.#drain(),
    certificates: () => this.#installCertificates(),
    "slow-start": () => this.#applier.runtime.stepSlowStart(),
  };
  /** What was last to be applied. */
  #desired: Desired | undefined;
  #refusals: readonly ListenerRefusal[] = [];
  /** True from an adoption until the first application tells what is served. */
  #isAdopted: boolean;

  constructor(options: ReconcilerOptions) {
    super();
    const { applier, log } = options;
    const { signal } = applier.ended;
    this.#options = options;
    this.#applier = applier;
    this.progress = new Progress(log);
    this.#isAdopted = applier.runtime.observed !== undefined;
    const onError = (reason: Reason | "ports", error: unknown, failures: number) => this.#fail(reason, error, failures);
    const work = (reason: Reason) => this.#work(reason);
    this.#queue = new WorkQueue({ work, onError, retry: retryTimes, signal });
    this.#ports = new WorkQueue<"ports">({ work: () => this.#lookAtPorts(), onError, retry: retryTimes, signal });
    this.#queue.addAfter("observe", observeEveryMs);
    applier.on("due", () => this.wake());
    if (this.#isAdopted) this.lookAtCertificates();
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
    this.emit("change");
  }

  /** Certificates have changed: has HAProxy serve them. */
  lookAtCertificates(): void {
    this.#queue.add("certificates");
  }

  /** Endpoints that are left out: they lead back to HAProxy's own listeners, or HAProxy refuses their labels. */
  get leftOut(): readonly EndpointRejection[] {
    return [...this.#applier.ownListenerServers.rejections, ...this.#applier.quarantine.rejections];
  }

  /** How many old workers reloads have ended with their connections, also those that failed. */
  get workersEnded(): number {
    return this.#applier.workersEnded;
  }

  /** How long the present work has lasted, in milliseconds; 0: there is none. */
  busyMs(): number {
    return this.#queue.busyMs();
  }

  /** Ends all work, and resolves when none is under way. HAProxy goes on. */
  async close(): Promise<void> {
    this.#applier.ended.abort();
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
    this.emit("change");
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
      if (await this.#applier.restart()) this.emit("change");
      return;
    }
    this.emit("wanted", wanted);
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
    if (!outcome.ok) this.#queue.addAfter("reconcile", this.#applier.isLost ? retryLostMs : retryRefusedMs);
    this.emit("applied", outcome, wanted);
  }

  /** What differs from what HAProxy says is put right. */
  async #resync(): Promise<void> {
    this.#queue.addAfter("observe", observeEveryMs);
    this.lookAtCertificates();
    if (await this.#applier.runtime.resync()) this.wake();
  }

  async #installCertificates(): Promise<void> {
    if (await this.#applier.installCertificates()) this.wake();
    this.emit("change");
  }

  async #lookAtPorts(): Promise<void> {
    try {
      if (await this.#applier.lookAtPorts()) this.wake();
      this.emit("change");
    } finally {
      this.#scheduleLook();
    }
  }

  #fail(reason: Reason | "ports", error: unknown, failures: number): void {
    if (reason === "reconcile") this.progress.fail(error);
    else if (failures === 1) this.#options.log.error({ reason, error: String(error) }, "haproxy maintenance failed");
    this.emit("change");
  }
}
