import { addAbortListener, EventEmitter } from "node:events";
import type { Haproxy } from "@fairway/haproxy";
import type { Log } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import type { StateFiles } from "../files/state-files.ts";
import type { Bindable } from "../binding/bindable.ts";
import { CertificateLoading, type LoadedCertificates } from "./certificate-loading.ts";
import { HaproxyCfg } from "./haproxy-cfg.ts";
import { Lifecycle, type Running, type Started } from "./lifecycle.ts";
import type { Observed } from "../observed.ts";
import { OwnListenerServers } from "./own-listener-servers.ts";
import type { ReloadOptions } from "./old-workers.ts";
import { Quarantine } from "./quarantine.ts";
import { planReconcile, takesReload, type Plan } from "./plan.ts";
import { placeNames } from "./plan-names.ts";
import type { Applied } from "./progress.ts";
import type { ReloadReason } from "./reload-reason.ts";
import { Runtime } from "./runtime.ts";
import { WaitingListeners } from "./waiting-listeners.ts";

/** What an {@link Applier} works with. */
export type ApplierOptions = ReloadOptions & {
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
  /** How long no connection is cut by reloads for new listeners, see `pacedWindowMs`. (6 h) */
  readonly pacedWindowMs?: number;
  readonly bindable: Bindable;
  /** Of TLS listeners, and authorities of servers. (none) */
  readonly certificates?: readonly LoadedCertificates[];
  readonly log: Log;
  readonly signal: AbortSignal;
};

/**
 * Brings HAProxy to what is desired, once: nothing, runtime commands, one reload, or a start. Emits `due` when there is
 * something to apply: HAProxy is gone, whoever ended it, or listeners have waited long enough.
 */
export class Applier extends EventEmitter<{ due: [] }> {
  /** Aborting it ends what is under way; HAProxy goes on. */
  readonly ended = new AbortController();
  readonly runtime: Runtime;
  readonly bindable: Bindable;
  readonly ownListenerServers: OwnListenerServers;
  /** New listeners that wait for a reload. */
  readonly waiting: WaitingListeners;
  /** Services whose labels HAProxy refuses. */
  readonly quarantine: Quarantine;
  readonly #cfg: HaproxyCfg;
  readonly #lifecycle: Lifecycle;
  readonly #certificates: CertificateLoading;
  readonly #log: Log;

  constructor(options: ApplierOptions) {
    super();
    const { haproxy, files, template, adopted, drainTimeoutMs, slowStartMs, bindable, pacedWindowMs, log } = options;
    const { signal } = this.ended;
    addAbortListener(options.signal, () => this.ended.abort());
    const onDue = () => void this.emit("due");
    const { master, observed: { description: accepted } = {} } = adopted ?? {};
    const cfg = new HaproxyCfg({ haproxy, paths: files.paths, template, accepted, signal });
    this.#cfg = cfg;
    this.#certificates = new CertificateLoading(haproxy, options.certificates);
    this.#log = log;
    this.#lifecycle = new Lifecycle({ haproxy, files, cfg, reloads: options, master, onGone: onDue, log, signal });
    this.bindable = bindable;
    this.runtime = new Runtime({ haproxy, files, cfg, drainTimeoutMs, slowStartMs, log });
    this.ownListenerServers = new OwnListenerServers(log);
    this.quarantine = new Quarantine(log);
    this.waiting = new WaitingListeners({ windowMs: pacedWindowMs, haproxy, onDue, log, signal });
    if (adopted) this.runtime.begin(adopted.observed);
  }

  /** How many old workers reloads have ended with their connections, also those that failed. */
  get workersEnded(): number {
    return this.#lifecycle.workersEnded;
  }

  /**
   * Rejects when HAProxy does not answer or the disk does not take a file; then what runs goes on, and servers come and
   * go at run time. What it refuses for some service's labels is applied without that service.
   */
  async apply(desired: Desired): Promise<Applied> {
    await this.#certificates.follow(desired.listeners, this.#running() !== undefined);
    const accepts = (candidate: Desired) => this.#cfg.accepts(candidate);
    for (let round = 1; ; round += 1) {
      const observed = this.#running();
      const applied = await (observed ? this.#change(observed, desired) : this.#start(desired));
      if (applied.ok) await this.#certificates.check();
      if (applied.ok || round === mostRounds) return applied;
      if (!(await this.quarantine.blame(applied.problems, this.select(desired), accepts))) return applied;
    }
  }

  /** What of the desired can be bound, without what leads back to HAProxy or is in quarantine. */
  select(desired: Desired): Desired {
    return this.quarantine.leaveOut(this.ownListenerServers.leaveOut(this.bindable.select(desired)));
  }

  /** True when HAProxy has run and runs no more. */
  get isLost(): boolean {
    return this.#lifecycle.hasRun && this.runtime.observed === undefined;
  }

  /** Starts a HAProxy that is gone from the file that it had; answers whether that was needed. Rejects when it fails. */
  async restart(): Promise<boolean> {
    if (!this.#lifecycle.hasRun || this.#running()) return false;
    await this.#startAsItWas();
    if (this.isLost) throw new Error("HAProxy does not start from the file that it had");
    return true;
  }

  /** Has HAProxy serve the certificates as they are now; answers whether that takes an application. */
  async installCertificates(): Promise<boolean> {
    return this.#certificates.install(this.#running() !== undefined);
  }

  /** Looks again at listeners that are left out; answers whether any may be served now. */
  async lookAtPorts(): Promise<boolean> {
    return this.bindable.look({ observed: this.runtime.observed, own: await this.#lifecycle.pids() });
  }

  /** Ends HAProxy: connections may finish for `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    this.runtime.begin(undefined);
    await this.#lifecycle.stop(limitMs);
  }

  /** What HAProxy holds; undefined: none of ours runs. */
  #running(): Observed | undefined {
    return this.#lifecycle.isRunning() ? this.runtime.observed : undefined;
  }

  /** What is remembered of HAProxy decides; when it refuses a command, what it really holds; then a reload. */
  async #change(remembered: Observed, desired: Desired): Promise<Applied> {
    let why = "";
    for (const look of ["remembered", "observed"] as const) {
      const now = look === "observed" ? await this.runtime.observe(remembered) : remembered;
      const { observed, bindable, plan } = await this.#plan(now, desired);
      if (plan.reasons.length > 0) return this.#reload({ observed, bindable, plan });
      const outcome = await this.runtime.send({ observed, sections: bindable.sections, plan });
      if (outcome.ok) {
        return { ok: true, how: outcome.sent > 0 ? "runtime" : "none", reasons: [], commands: outcome.sent };
      }
      this.#log.debug({ reason: outcome.reason }, "runtime command refused");
      why = outcome.reason;
    }
    // Listeners that wait come with it.
    await this.#admit(desired);
    const plan = takesReload({ code: "not-at-run-time", why });
    return this.#reload({ observed: this.runtime.observed ?? remembered, bindable: this.select(desired), plan });
  }

  /**
   * A reload is planned only after a look at which addresses can be bound, and with which settings HAProxy runs. When
   * its master does not answer, that is a reload that fails.
   */
  async #plan(remembered: Observed, desired: Desired): Promise<Planned> {
    const bindable = this.select(desired);
    const planned = this.#planFor(remembered, bindable);
    const isHeld = this.waiting.holdBack(planned.plan.reasons, { observed: remembered, desired: bindable });
    if (isHeld || planned.plan.reasons.length === 0) return { ...planned, plan: { ...planned.plan, reasons: [] } };
    await this.#admit(desired).catch((error: unknown) => this.#fail(error, planned));
    const bound = this.select(desired);
    return this.#planFor(await this.runtime.recognise(remembered, bound), bound);
  }

  #planFor(remembered: Observed, bindable: Desired): Planned {
    const { observed, desired } = placeNames(remembered, bindable);
    return { observed, bindable, plan: planReconcile(observed, desired, this.#certificates.reasons) };
  }

  /** Reloads. When that fails, servers come and go at run time all the same, in every listener that takes no reload. */
  async #reload(planned: Planned): Promise<Applied> {
    const { observed, bindable, plan } = planned;
    const { reasons } = plan;
    const reloaded = await this.#certificates
      .check()
      .then(() => this.#lifecycle.reload(bindable, reasons))
      .catch((error: unknown) => this.#fail(error, planned));
    if (reloaded.ok) {
      await this.#certificates.onLoaded(bindable.listeners);
      this.waiting.onReload(reasons, { observed, desired: bindable }, reloaded.oldWorkers);
      await this.runtime.reloaded(observed, reloaded, bindable);
      return { ok: true, how: "reload", reasons, commands: 0 };
    }
    await this.#sendTheRest(planned);
    return { ok: false, reasons, problems: reloaded.problems };
  }

  /** Gives up what takes a reload, and carries out what takes none. */
  async #fail(error: unknown, planned: Planned): Promise<never> {
    await this.#sendTheRest(planned);
    throw error;
  }

  async #sendTheRest({ observed, plan }: Planned): Promise<void> {
    const { sections } = observed;
    if (sections) await this.runtime.send({ observed, sections, plan }).catch(() => undefined);
  }

  /** Starts HAProxy with what is desired; one that has run also with the file that it had. */
  async #start(desired: Desired): Promise<Applied> {
    const reasons: readonly ReloadReason[] = [{ code: "not-running" }];
    const started = await this.#startWith(desired).catch(async (error: unknown) => {
      await this.#startAsItWas();
      throw error;
    });
    if (!started.ok) {
      await this.#startAsItWas();
      return { ok: false, reasons, problems: started.problems };
    }
    await this.#certificates.onLoaded(desired.listeners);
    this.runtime.begin(started.observed);
    return { ok: true, how: "start", reasons, commands: 0 };
  }

  async #startWith(desired: Desired): Promise<Started> {
    this.runtime.begin(undefined);
    await this.#lifecycle.endLeftovers();
    await this.#certificates.check();
    await this.#admit(desired);
    return this.#lifecycle.start(this.select(desired));
  }

  /** Finds which listeners can be bound now. */
  async #admit(desired: Desired): Promise<void> {
    const { observed } = this.runtime;
    const [own, room] = await Promise.all([this.#lifecycle.pids(), this.#lifecycle.room(desired)]);
    await this.bindable.admit(desired, { observed, own, room });
  }

  async #startAsItWas(): Promise<void> {
    if (!this.#lifecycle.hasRun || this.ended.signal.aborted) return;
    this.runtime.begin(undefined);
    this.runtime.begin(await this.#lifecycle.startAsItWas(this.runtime.lastObserved));
  }
}

/** One round finds all that HAProxy complains of at once; what it says only then is found in the next. */
const mostRounds = 5;

type Planned = { readonly observed: Observed; readonly bindable: Desired; readonly plan: Plan };
