import { addAbortListener } from "node:events";
import { connect } from "node:net";
import { wait } from "@fairway/loop";
import { evenNow } from "@fairway/program";
import type { EarlierSockets } from "./earlier-sockets.ts";
import type { GateView } from "./endpoint-state.ts";
import { GatePace, nextTryMs } from "./gate-pace.ts";
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

/**
 * Finds out when ports first accept a connection, each by itself. Tries at once, every 5 ms for a second, then every
 * 100 ms, more rarely where a container has many such ports. `readyTimeoutMs` after the container's start a port is late:
 * it is tried every 5 s from then on, so that the report ends when it does accept. A port of the machine that somebody
 * else has had since before the run is not the container's, whoever accepts there.
 */
export class ReadinessGate {
  readonly #options: GateOptions;
  readonly #ports = new Map<string, TriedPort>();
  readonly #pace = new GatePace();

  constructor(options: GateOptions) {
    this.#options = options;
    addAbortListener(options.signal, () => this.#ports.forEach(({ stop }) => stop.abort()));
  }

  /** What is known of a port. Of one that is asked for the first time, only after its first try; later tries go on. */
  async ask(question: GateQuestion): Promise<GateAnswer> {
    const port = this.#ports.get(nameOf(question)) ?? this.#begin(question);
    port.question = question;
    await port.firstTry;
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
    const { containerId, targets } = port.question;
    this.#pace.add(containerId, targets.length);
    while (port.view !== "open" && !port.stop.signal.aborted) {
      const before = port.view;
      await wait(this.#waitMs(port), port.stop.signal);
      if (port.stop.signal.aborted) break;
      await this.#try(port);
      if (port.view !== before && !port.stop.signal.aborted) this.#options.onChange(containerId);
    }
    this.#pace.add(containerId, -targets.length);
  }

  #waitMs(port: TriedPort): number {
    const usualMs = nextTryMs(performance.now() - port.begunMs, this.#isLate(port));
    return Math.max(usualMs, this.#pace.leastMs(port.question.containerId));
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
