import { addAbortListener } from "node:events";
import { connect } from "node:net";
import { type Rest, wait, WorkQueue } from "@fairway/loop";
import { evenNow } from "@fairway/program";
import type { EarlierSockets } from "./earlier-sockets.ts";
import type { GateView } from "./endpoint-state.ts";
import { GatePace, newMs, nextTryMs, tryBudgets } from "./gate-pace.ts";
import type { Target } from "./gate-targets.ts";

/** How long a port has to accept when it is tried. */
const tryMs = 200;

/** One port of one run of a container. */
export type GateQuestion = {
  readonly containerId: string;
  readonly startedAtMs: number;
  readonly port: number;
  /** Where to try. */
  readonly targets: readonly Target[];
  /** They are the machine's own, where somebody else may listen. */
  readonly isOnHost: boolean;
};

/** What is known of it. */
export type GateAnswer = {
  readonly view: GateView;
  /** Of its targets, those that accepted a connection when the first one did. */
  readonly accepted: readonly Target[];
};

export type GateOptions = {
  readonly readyTimeoutMs: number;
  /** Which of the machine's listening sockets are older than a container's run. */
  readonly earlier: Pick<EarlierSockets, "areAll">;
  /** Called when what is known of a port of a container has changed. */
  readonly onChange: (containerId: string) => void;
  readonly signal: AbortSignal;
};

/** A port that is being tried. */
type TriedPort = {
  question: GateQuestion;
  readonly begunMs: number;
  readonly stop: AbortController;
  view: GateView;
  accepted: readonly Target[];
  firstTry: Promise<void>;
};

/** How long a container's changes are gathered for each port of it that is tried, before they are told together. */
const gatherMs = 1;

/**
 * Finds out when ports first accept a connection, each by itself. Tries at once, every 5 ms for a second, then every
 * 100 ms, more rarely where a container has many such ports. `readyTimeoutMs` after the container's start a port is late:
 * it is tried every 5 s from then on, so that the report ends when it does accept. A port of the machine that somebody
 * else has had since before the run is not the container's, whoever accepts there.
 */
export class ReadinessGate {
  readonly #options: GateOptions;
  readonly #ports = new Map<string, TriedPort>();
  readonly #paces = { new: new GatePace(tryBudgets.new), old: new GatePace(tryBudgets.old) };

  readonly #changes: WorkQueue<string>;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#changes = new WorkQueue({
      work: async (containerId) => this.#tell(containerId),
      onError: () => undefined,
      concurrency: Infinity,
      signal: options.signal,
    });
    addAbortListener(options.signal, () => this.#ports.forEach(({ stop }) => stop.abort()));
  }

  /** What is known of a port. Of one that is asked for the first time, only after its first try; later tries go on. */
  async ask(question: GateQuestion): Promise<GateAnswer> {
    const port = this.#ports.get(nameOf(question)) ?? this.#begin(question);
    port.question = question;
    await port.firstTry;
    // All of them at once, whichever is tried next.
    if (port.view === "waiting" && this.#isLate(port)) port.view = "late";
    return { view: port.view, accepted: port.accepted };
  }

  /** Forgets a container's runs that began before a time; without one, all. */
  forget(containerId: string, beforeMs = Number.POSITIVE_INFINITY): void {
    for (const [name, { question, stop }] of this.#ports) {
      if (question.containerId !== containerId || question.startedAtMs >= beforeMs) continue;
      stop.abort();
      this.#ports.delete(name);
    }
  }

  #begin(question: GateQuestion): TriedPort {
    const stop = new AbortController();
    const begunMs = performance.now();
    const port: TriedPort = { question, begunMs, stop, view: "waiting", accepted: [], firstTry: Promise.resolve() };
    port.firstTry = this.#try(port);
    this.#ports.set(nameOf(question), port);
    void port.firstTry.then(() => this.#keepTrying(port));
    return port;
  }

  async #try(port: TriedPort): Promise<void> {
    const accepting = await acceptingOf(port.question.targets);
    port.accepted = await this.#ownOf(accepting, port.question);
    if (port.accepted.length > 0) port.view = "open";
    else if (accepting.length > 0) port.view = "held";
    else port.view = this.#isLate(port) ? "late" : "waiting";
  }

  /** Of those that accept, the ones that the container's own program may listen at. */
  async #ownOf(accepting: readonly Target[], { isOnHost, startedAtMs }: GateQuestion): Promise<readonly Target[]> {
    if (!isOnHost) return accepting;
    const areHeld = await Promise.all(accepting.map((each) => this.#options.earlier.areAll(each, startedAtMs)));
    return accepting.filter((_, at) => areHeld[at] === false);
  }

  async #keepTrying(port: TriedPort): Promise<void> {
    await this.#tryWhile(port, this.#paces.new, () => performance.now() - port.begunMs < newMs);
    await this.#tryWhile(port, this.#paces.old, () => true);
  }

  async #tryWhile(port: TriedPort, pace: GatePace, isSo: () => boolean): Promise<void> {
    const { containerId, targets } = port.question;
    const { signal } = port.stop;
    pace.add(containerId, targets.length);
    while (port.view !== "open" && !signal.aborted && isSo()) {
      await wait(this.#waitMs(port, pace), signal);
      const before = port.view;
      if (signal.aborted) break;
      await this.#try(port);
      if (port.view !== before && !port.stop.signal.aborted) this.#changes.add(containerId);
    }
    pace.add(containerId, -targets.length);
  }

  #waitMs(port: TriedPort, pace: GatePace): number {
    const { containerId, targets } = port.question;
    const nowMs = performance.now();
    const usualMs = nextTryMs(nowMs - port.begunMs, this.#isLate(port));
    return Math.max(usualMs, pace.takeMs(containerId, targets.length, nowMs));
  }

  /** Tells at once of a change, and of those that follow together. */
  #tell(containerId: string): Rest {
    this.#options.onChange(containerId);
    const ports = Object.values(this.#paces).reduce((sum, pace) => sum + pace.addressesOf(containerId), 0);
    return { leastMs: ports * gatherMs, quietMs: 0, mostMs: ports * gatherMs };
  }

  #isLate(port: TriedPort): boolean {
    return triedMs(port) >= this.#options.readyTimeoutMs;
  }
}

/** Those that accept a connection now; what refused it while another one began to accept is asked once more. */
async function acceptingOf(targets: readonly Target[]): Promise<readonly Target[]> {
  const ask = (target: Target) => tryTarget(target, tryMs);
  const first = await Promise.all(targets.map(ask));
  const hasBegun = first.includes("open");
  const outcomes = await Promise.all(
    targets.map(async (target, at) => (hasBegun && first[at] === "refused" ? ask(target) : first[at])),
  );
  return targets.filter((_, at) => outcomes[at] === "open");
}

/** Whether an address accepts a connection within a time. Never throws; the connection is closed at once. */
function tryTarget({ ip, port }: Target, timeoutMs: number): Promise<"open" | "refused" | "silent"> {
  return new Promise((resolve) => {
    const socket = connect({ host: ip, port });
    const answer = (outcome: "open" | "refused" | "silent") => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(answer, timeoutMs, "silent" as const);
    // An own port that happens to be the one tried connects to itself.
    const isItself = () => socket.localPort === port && socket.localAddress === ip;
    socket.once("connect", () => answer(isItself() ? "refused" : "open"));
    socket.once("error", () => answer("refused"));
  });
}

/** Since the container's start; where the clocks differ, at least since the first try. */
function triedMs({ question, begunMs }: TriedPort): number {
  return Math.max(evenNow() - question.startedAtMs, performance.now() - begunMs);
}

function nameOf({ containerId, startedAtMs, port }: GateQuestion): string {
  return `${containerId} ${startedAtMs} ${port}`;
}
