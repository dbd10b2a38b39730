import type { Desired } from "../desired/desired.ts";
import { awaitGone, type OsProcess } from "@fairway/haproxy";
import { nothingMoves, type Applied, type Context, type Situation } from "./context.ts";
import { asItIs, pass, type PassQuestion } from "./pass.ts";
import { rampStep } from "./ramp-step.ts";
import { rampStepMs } from "./ramps.ts";
import { retireStep } from "./retire-step.ts";
import { withStrays } from "./strays.ts";
import { adopt, restartAsItWas } from "./adopt-step.ts";
import { Timers } from "./timers.ts";

/** Refused listeners are tried again after a second, then ever later. */
const firstRetryMs = 1000;
const longestRetryMs = 10_000;
const mendMs = 3 * 60_000;
/** A server without sessions is deleted at once; one with sessions is looked at again after a while. */
const firstRetireMs = 10;
const retireMs = 500;
/** Nobody waits for servers that are merely drained, and looking at their sessions costs. */
const idleRetireMs = 5000;
const firstRestartMs = 250;
const longestRestartMs = 10_000;

/** Nothing is known of any HAProxy. */
export const unknown: Situation = {
  master: undefined,
  running: undefined,
  description: "",
  served: undefined,
  refusals: new Map(),
  ...nothingMoves,
  failed: undefined,
};

/**
 * Does one thing to HAProxy at a time, in the order asked: applications, and what nobody asks for – starting it again
 * when it is gone, trying refused listeners, mending what differs, deleting servers that have left.
 */
export class Conductor {
  readonly #context: Context;
  readonly #timers: Timers;
  readonly #onChange: () => void;
  #situation = unknown;
  #desired: Desired | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** True from an adoption until the first application tells what is served. */
  #isAdopted = false;
  #restarts = 0;
  #retries = 0;

  constructor(context: Context, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
    this.#timers = new Timers(context.signal);
  }

  get situation(): Situation {
    return this.#situation;
  }

  get desired(): Desired | undefined {
    return this.#desired;
  }

  /** Takes over the HAProxy that an earlier agent left, if there is one. */
  adopt(): Promise<void> {
    return this.#inTurn(async () => {
      this.#situation = await adopt(this.#context, this.#situation);
      this.#isAdopted = this.#situation.master !== undefined;
      if (this.#situation.master) this.#watch(this.#situation.master);
    });
  }

  /** Brings HAProxy to the desired. Rejects when it cannot be told how that went. */
  apply(question: PassQuestion): Promise<Applied> {
    return this.#inTurn(() => {
      this.#desired = question.desired;
      return this.#pass(question);
    });
  }

  /** Ends HAProxy softly; it is not started again. */
  stop(limitMs: number): Promise<void> {
    return this.#inTurn(async () => {
      const { master } = this.#situation;
      this.#situation = { ...this.#situation, master: undefined, running: undefined };
      if (master) await this.#context.haproxy.stop(master, limitMs);
    });
  }

  /** Resolves when nothing that was begun is under way any more. */
  async ended(): Promise<void> {
    await this.#turn;
  }

  async #pass(question: PassQuestion): Promise<Applied> {
    const { master } = this.#situation;
    const { situation, outcome } = await pass(this.#context, this.#situation, question);
    this.#situation = situation;
    if (situation.master && situation.master !== master) this.#watch(situation.master);
    // A new worker begins with the weights of the file.
    if (outcome.ok && outcome.how === "reload") this.#situation = await rampStep(this.#context, this.#situation);
    if (outcome.ok && this.#isAdopted) {
      this.#situation = await withStrays(this.#context, this.#situation);
      this.#isAdopted = false;
    }
    this.#arm();
    if ("error" in outcome) throw outcome.error;
    return outcome;
  }

  #arm(retireAfterMs = firstRetireMs): void {
    const { refusals, departures, ramps } = this.#situation;
    const retryMs = Math.min(firstRetryMs * 2 ** this.#retries, longestRetryMs);
    if (refusals.size === 0) this.#retries = 0;
    else this.#timers.once("refused", retryMs, () => this.#retryRefused());
    if (departures.size > 0) this.#timers.once("departures", retireAfterMs, () => this.#quietly(() => this.#retire()));
    if (ramps.size > 0)
      this.#timers.once("ramps", rampStepMs(this.#context.slowStartMs), () => this.#quietly(() => this.#ramp()));
    this.#timers.once("mend", mendMs, () => this.#quietly(() => this.#mend()));
  }

  #retryRefused(): void {
    this.#retries += 1;
    const desired = this.#desired;
    if (desired) this.#quietly(() => this.#pass({ desired, ports: undefined, isRetry: true }));
  }

  async #retire(): Promise<void> {
    this.#situation = await retireStep(this.#context, this.#situation);
    const isWaitedFor = [...this.#situation.departures.values()].some(({ deadline }) => deadline !== undefined);
    this.#arm(isWaitedFor ? retireMs : idleRetireMs);
  }

  async #ramp(): Promise<void> {
    this.#situation = await rampStep(this.#context, this.#situation);
    this.#arm();
  }

  /** What runs is what HAProxy says, not what we remember; what differs is put right. */
  async #mend(): Promise<void> {
    const { running } = this.#situation;
    const desired = this.#desired;
    if (!running || !desired) return;
    await this.#context.haproxy.boundOutput();
    this.#situation = await asItIs(this.#context, { ...this.#situation, running });
    await this.#pass({ desired, ports: undefined });
  }

  #watch(master: OsProcess): void {
    void this.#awaitLoss(master);
  }

  async #awaitLoss(master: OsProcess): Promise<void> {
    const isGone = await awaitGone(master, Number.POSITIVE_INFINITY, this.#context.signal);
    if (isGone) this.#quietly(() => this.#recover(master));
  }

  async #recover(master: OsProcess): Promise<void> {
    if (this.#situation.master !== master) return;
    this.#context.log.error({ pid: master.pid }, "haproxy is gone, starting it again");
    this.#situation = { ...this.#situation, master: undefined, running: undefined, ...nothingMoves };
    await this.#restart();
  }

  async #restart(): Promise<void> {
    await this.#startAgain();
    const { master } = this.#situation;
    this.#restarts = master ? 0 : this.#restarts + 1;
    const delayMs = Math.min(firstRestartMs * 2 ** this.#restarts, longestRestartMs);
    if (!master) this.#timers.once("restart", delayMs, () => this.#quietly(() => this.#restart()));
  }

  /** With what is desired; from the file that it had when nobody has said that yet, or the disk takes no new one. */
  async #startAgain(): Promise<void> {
    const desired = this.#desired;
    try {
      if (desired) await this.#pass({ desired, ports: undefined });
    } catch (error) {
      this.#context.log.error({ error: String(error) }, "haproxy is started from the file it had");
    }
    if (this.#situation.master) return;
    this.#situation = await restartAsItWas(this.#context, this.#situation);
    if (this.#situation.master) this.#watch(this.#situation.master);
  }

  #quietly(work: () => Promise<unknown>): void {
    this.#inTurn(work).then(this.#onChange, (error: unknown) => {
      if (this.#context.signal.aborted) return;
      this.#context.log.error({ error: String(error) }, "haproxy could not be looked after");
      this.#arm();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
