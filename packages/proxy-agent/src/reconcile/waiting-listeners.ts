import { byFront, frontOf, parseKey, type Front } from "@fairway/contract";
import type { Haproxy, Listener } from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import type { Observed } from "../observed.ts";
import { cleaning, ReloadPace, usualWindowMs, type Cause } from "./reload-pace.ts";
import type { ReloadReason } from "./reload-reason.ts";

/** A new listener that waits for a reload, and until when at the latest. */
export type WaitingListener = { readonly listener: Front; readonly reason: string };

/** What {@link WaitingListeners} works with. */
export type WaitingListenersOptions = {
  /** See `pacedWindowMs`. (6 h) */
  readonly windowMs?: number | undefined;
  readonly haproxy: Pick<Haproxy, "processes">;
  /** Called when listeners may wait no longer. */
  readonly onDue: () => void;
  readonly log: Pick<Log, "info">;
  readonly signal: AbortSignal;
};

/** What a reload leads from, and to. */
export type ReloadStep = { readonly observed: Observed; readonly desired: Desired };

const none: ReadonlySet<Cause> = new Set();

/** How often it is looked whether a listener still has to wait for its reload: old workers may have ended. */
const lookEveryMs = 10_000;

/**
 * New listeners that wait for a reload which they share with others, see {@link ReloadPace}. How many old workers live is
 * known from the last reload; while something waits it is asked again, beside applications.
 */
export class WaitingListeners {
  readonly #options: WaitingListenersOptions;
  readonly #pace: ReloadPace;
  readonly #looks: WorkQueue<"look">;
  #waiting: ReadonlyMap<Front, WaitingListener> = new Map();
  #causes = none;
  /** At most so many old workers live. */
  #oldWorkers = Infinity;
  #reloads = 0;

  constructor(options: WaitingListenersOptions) {
    const { windowMs = usualWindowMs, signal } = options;
    this.#options = options;
    this.#pace = new ReloadPace(windowMs);
    this.#looks = new WorkQueue({ work: () => this.#look(), onError: () => undefined, signal });
  }

  /** The listeners that wait, in order. */
  get all(): readonly WaitingListener[] {
    return [...this.#waiting.values()].sort((a, b) => byFront(a.listener, b.listener));
  }

  /** Tells whether a reload for these reasons waits: one that has others comes at once, and takes all with it. */
  holdBack(reasons: readonly ReloadReason[], step: ReloadStep): boolean {
    const asked = causesOf(reasons, step) ?? none;
    const waitMs = this.#waitMs(asked);
    const isHeld = waitMs > 0;
    const isNew = [...asked].some((cause) => !this.#causes.has(cause));
    this.#causes = isHeld ? asked : none;
    this.#wait(isHeld ? newListeners(reasons, step) : [], waitMs);
    if (isHeld) this.#looks.addAfter("look", isNew ? 0 : Math.min(waitMs, lookEveryMs));
    return isHeld;
  }

  /** HAProxy was reloaded for these reasons, and at most so many old workers live now. */
  onReload(reasons: readonly ReloadReason[], step: ReloadStep, oldWorkers: number): void {
    const now = performance.now();
    const due = [...(causesOf(reasons, step) ?? none)].filter(
      (cause) => this.#pace.waitMs(cause, this.#oldWorkers, now) <= 0,
    );
    if (due.length > 0) this.#pace.onReload(due, now);
    this.#oldWorkers = oldWorkers;
    this.#reloads += 1;
  }

  #waitMs(causes: ReadonlySet<Cause>): number {
    const now = performance.now();
    if (causes.size === 0) return 0;
    return Math.min(...[...causes].map((cause) => this.#pace.waitMs(cause, this.#oldWorkers, now)));
  }

  #wait(listeners: readonly Listener[], waitMs: number): void {
    const until = new Date(Date.now() + waitMs).toISOString();
    const waiting = listeners.map((each) => this.#waiting.get(frontOf(each)) ?? waitingListener(each, until));
    const added = waiting.filter(({ listener }) => !this.#waiting.has(listener));
    this.#waiting = new Map(waiting.map((each) => [each.listener, each]));
    if (added.length === 0) return;
    const ports = added.map(({ listener }) => listener);
    this.#options.log.info({ listeners: ports, until }, "new listeners wait for a reload that they share");
  }

  async #look(): Promise<void> {
    const reloads = this.#reloads;
    const { oldWorkers } = await this.#options.haproxy.processes();
    if (reloads === this.#reloads) this.#oldWorkers = oldWorkers.length;
    if (this.#causes.size === 0) return;
    const waitMs = this.#waitMs(this.#causes);
    if (waitMs > 0) this.#looks.addAfter("look", Math.min(waitMs, lookEveryMs));
    else this.#options.onDue();
  }
}

/** Who asks for a reload; undefined: it is for something that waits for nobody. */
function causesOf(reasons: readonly ReloadReason[], step: ReloadStep): ReadonlySet<Cause> | undefined {
  const isPaced = (reason: ReloadReason) => {
    if (reason.code !== "listener-ended") return reason.code === "listener-new";
    const servers = step.observed.listeners.get(reason.port)?.servers ?? [];
    return servers.every(({ admin }) => admin === "maint");
  };
  if (!reasons.every(isPaced)) return undefined;
  const projects = newListeners(reasons, step).flatMap(projectsOf);
  return new Set(reasons.some(({ code }) => code === "listener-ended") ? [cleaning, ...projects] : projects);
}

function newListeners(reasons: readonly ReloadReason[], { desired }: ReloadStep): readonly Listener[] {
  const ports = new Set(reasons.flatMap((reason) => (reason.code === "listener-new" ? [reason.port] : [])));
  return ports.size === 0 ? [] : desired.listeners.filter((each) => ports.has(frontOf(each)));
}

function projectsOf({ services }: Listener): readonly string[] {
  return [...new Set(services.map((id) => parseKey("", id)[0] ?? ""))];
}

function waitingListener(listener: Listener, until: string): WaitingListener {
  const port = frontOf(listener);
  const reason = `port ${port} is new and waits for a reload that it shares with others, until ${until} at the latest: there were many in a short time, and workers from before them still have connections`;
  return { listener: port, reason };
}
