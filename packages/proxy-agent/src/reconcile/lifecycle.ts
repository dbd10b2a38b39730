import { setTimeout as delay } from "node:timers/promises";
import {
  type ConfigProblem,
  addressesInUse,
  awaitGone,
  isAlive,
  send,
  serverStatesFile,
  type Haproxy,
  type OsProcess,
  type ServerState,
  type WorkerReading,
} from "@fairway/haproxy";
import type { Log } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import { writeAnew } from "../files/atomic-write.ts";
import type { StateFiles } from "../files/state-files.ts";
import { descriptorLimit, limitIn, roomFor } from "../binding/descriptors.ts";
import type { HaproxyCfg, TracedProblem } from "./haproxy-cfg.ts";
import { adopted, observedAs, type Observed } from "../observed.ts";
import { boundOldWorkers, reloadAround, type ReloadOptions } from "./old-workers.ts";
import { sentenceOf, type ReloadReason } from "./reload-reason.ts";

/** A HAProxy of ours, and what it holds. */
export type Running = { readonly master: OsProcess; readonly observed: Observed };

type Refused = { readonly ok: false; readonly problems: readonly TracedProblem[] };

/** How a start ended. Not `ok`: nothing runs. */
export type Started = Refused | { readonly ok: true; readonly observed: Observed };

/** How a reload ended. Not `ok`: files and workers are what they were. */
export type Reloaded =
  | Refused
  | {
      readonly ok: true;
      readonly observed: Observed;
      /** The servers as they were just before. */
      readonly states: readonly ServerState[];
      /** At most so many old workers live. */
      readonly oldWorkers: number;
    };

/** How long a HAProxy that is to be adopted has to answer: in the middle of a reload it does not for a moment. */
const adoptMs = 10_000;
/** How often a HAProxy that is to be adopted is asked again. */
const askAgainMs = 200;

/** How long a worker whose master is gone has to end by itself. */
const leftoverMs = 200;
/** How long the kernel may take to end such a worker. */
const killMs = 2000;

/**
 * Finds the HAProxy that an earlier agent left and reads what it runs; with which settings, the first application finds
 * out. One that does not answer for {@link adoptMs} is ended: it holds the listeners and nobody can change it.
 */
export async function adopt(haproxy: Haproxy, log: Log): Promise<Running | undefined> {
  const master = await haproxy.find();
  if (!master) return undefined;
  try {
    const reading = await untilAnswered(haproxy);
    const { info, servers } = reading;
    log.info({ pid: master.pid, worker: info.pid, servers: servers.length }, "haproxy adopted");
    return { master, observed: adopted(reading) };
  } catch (error) {
    log.error({ pid: master.pid, error: String(error) }, "haproxy does not answer, ending it");
    await haproxy.stop(master, 0);
    return undefined;
  }
}

/** The text of a line may hold secrets of the operator's; it stands in STATE_DIR, as HAProxy's own words do. */
function inShort({ line, message }: ConfigProblem): string {
  return line === undefined ? message : `line ${line} of haproxy.cfg; HAProxy's words stand in haproxy.log`;
}

async function untilAnswered(haproxy: Haproxy): Promise<WorkerReading> {
  const end = performance.now() + adoptMs;
  for (;;) {
    try {
      const [reading] = await Promise.all([haproxy.read(), haproxy.processes()]);
      return reading;
    } catch (error) {
      if (performance.now() >= end) throw error;
      await delay(askAgainMs);
    }
  }
}

/** What {@link Lifecycle} works with. */
export type LifecycleOptions = {
  readonly haproxy: Haproxy;
  readonly files: StateFiles;
  readonly cfg: HaproxyCfg;
  readonly reloads: ReloadOptions;
  /** The master that an earlier agent left; undefined: none runs. */
  readonly master: OsProcess | undefined;
  /** Called when HAProxy is gone, whoever ended it. */
  readonly onGone: () => void;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Starts and reloads HAProxy, the files in STATE_DIR always one step ahead, and knows whether it runs. */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  #master: OsProcess | undefined;
  #hasRun = false;
  #workersEnded = 0;
  /** The limit of file descriptors that HAProxy ran into. */
  #limit = Infinity;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    if (options.master) this.#watch(options.master);
  }

  /** True once HAProxy has run: it is started again, if need be from the file that it had. */
  get hasRun(): boolean {
    return this.#hasRun;
  }

  /** How many old workers reloads have ended with their connections, also those that failed. */
  get workersEnded(): number {
    return this.#workersEnded;
  }

  isRunning(): boolean {
    return this.#master !== undefined && isAlive(this.#master);
  }

  /** The processes of the HAProxy that runs, or of one whose master is gone. */
  async pids(): Promise<readonly number[]> {
    if (!this.#master) return (await this.#options.haproxy.leftovers()).map(({ pid }) => pid);
    const { masterPid, workers, oldWorkers } = await this.#options.haproxy.processes();
    return [masterPid, ...workers, ...oldWorkers];
  }

  /** How many sockets HAProxy may have for listening and for checks with these settings. */
  async room({ sections }: Desired): Promise<number> {
    return roomFor(sections, Math.min(this.#limit, await descriptorLimit(this.#master?.pid ?? "self")));
  }

  /** Ends HAProxy: connections may finish for `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    const master = this.#master;
    this.#master = undefined;
    if (master) await this.#options.haproxy.stop(master, limitMs);
  }

  /** HAProxy is gone. Waits for processes that its master left, and ends them: they still hold the listeners. */
  async endLeftovers(): Promise<void> {
    const { haproxy, log } = this.#options;
    const master = this.#master;
    if (master) log.error({ pid: master.pid }, "haproxy is gone, starting it again");
    this.#master = undefined;
    for (const leftover of await haproxy.leftovers()) {
      if (master && Number(leftover.startTime) < Number(master.startTime)) continue;
      if (await awaitGone(leftover, leftoverMs)) continue;
      log.warn({ pid: leftover.pid }, "worker without a master ended");
      send(leftover, "SIGKILL");
      await awaitGone(leftover, killMs);
    }
  }

  /** Starts HAProxy with what is desired. */
  async start(desired: Desired): Promise<Started> {
    const { haproxy, files, cfg, log, signal } = this.#options;
    const [judged] = await Promise.all([cfg.judge(desired, { isUrgent: true }), files.remember()]);
    if (!judged.ok) return judged;
    const { candidate } = judged;
    await files.put(candidate.rendered.text);
    files.settle();
    await writeAnew(files.paths.serverStates, serverStatesFile(desired, []));
    const started = await haproxy.start(signal);
    if (!started.ok) {
      cfg.distrust();
      this.#limit = limitIn(started.problems) ?? this.#limit;
      // An address that was taken since it was probed may be free the next time.
      const isTaken = addressesInUse(started.problems).length > 0;
      return { ok: false, problems: cfg.refuse(candidate, started.problems, isTaken) };
    }
    cfg.accept(candidate);
    log.info({ pid: started.master.pid, listeners: desired.listeners.length }, "haproxy started");
    this.#watch(started.master);
    return { ok: true, observed: observedAs(desired, candidate.description) };
  }

  /** Starts HAProxy from the file that it had when it held these. Undefined: it does not start. */
  async startAsItWas(former: Observed | undefined): Promise<Observed | undefined> {
    const { haproxy, files, log, signal } = this.#options;
    await this.endLeftovers();
    const held = { listeners: former?.listeners.values() ?? [] };
    await writeAnew(files.paths.serverStates, serverStatesFile(held, []));
    const started = await haproxy.start(signal);
    if (!started.ok) log.error({ problems: started.problems.map(inShort) }, "haproxy did not start again");
    const running = started.ok ? await adopt(haproxy, log) : undefined;
    if (running) this.#watch(running.master);
    return running?.observed;
  }

  /** Reloads HAProxy onto what is desired. Rejects when it does not answer, or the disk does not take the file. */
  async reload(desired: Desired, reasons: readonly ReloadReason[]): Promise<Reloaded> {
    const { haproxy, files, cfg, log } = this.#options;
    const [judged] = await Promise.all([cfg.judge(desired, { isUrgent: false }), files.remember()]);
    if (!judged.ok) return judged;
    const { candidate } = judged;
    const { servers: states } = await haproxy.read();
    await writeAnew(files.paths.serverStates, serverStatesFile(desired, states));
    await files.put(candidate.rendered.text);
    const begun = performance.now();
    const { outcome, oldWorkers } = await this.#reloadBounded().catch(async (error: unknown) => {
      await files.revert();
      throw error;
    });
    if (!outcome.ok) {
      await files.revert();
      this.#limit = limitIn(outcome.problems) ?? this.#limit;
      const isTaken = addressesInUse(outcome.problems).length > 0;
      return { ok: false, problems: cfg.refuse(candidate, outcome.problems, isTaken) };
    }
    files.settle();
    cfg.accept(candidate);
    const tookMs = Math.round(performance.now() - begun);
    log.info({ reasons: reasons.map(sentenceOf), worker: outcome.worker, tookMs }, "haproxy reloaded");
    return { ok: true, observed: observedAs(desired, candidate.description), states, oldWorkers };
  }

  async #reloadBounded() {
    const { haproxy, reloads, log } = this.#options;
    const { workersEnded, oldWorkers } = await boundOldWorkers({ haproxy, reloads, log });
    this.#workersEnded += workersEnded;
    const outcome = await reloadAround(haproxy, reloads);
    return { outcome, oldWorkers };
  }

  #watch(master: OsProcess): void {
    const { signal, onGone } = this.#options;
    this.#master = master;
    this.#hasRun = true;
    void awaitGone(master, Number.POSITIVE_INFINITY, signal).then((isGone) => isGone && onGone());
  }
}
