import { evenNow } from "@fairway/program";
import { wait } from "@fairway/loop";
import { accepts } from "./accepts.ts";
import type { GateView } from "./endpoint-state.ts";
import { nextTryMs } from "./gate-pace.ts";
import type { Target } from "./gate-targets.ts";

const tryTimeoutMs = 200;

/** One port of one run of a container. */
export type GateQuestion = {
  readonly containerId: string;
  readonly startedAtMs: number;
  readonly port: number;
  /** Where to try; empty: nothing is tried. */
  readonly targets: readonly Target[];
};

/** Finds out when ports first accept a connection, each by itself. */
export type ReadinessGate = {
  /**
   * What is known of a port. Of one that is asked for the first time, only after its first try;
   * later tries go on in the background and a change is told by `onChange`.
   */
  readonly view: (question: GateQuestion) => Promise<GateView>;
  /** Forgets a container's runs that began before a time; without one, all. */
  readonly forget: (containerId: string, beforeMs?: number) => void;
};

export type GateOptions = {
  readonly readyTimeoutMs: number;
  readonly onChange: (containerId: string) => void;
  readonly signal: AbortSignal;
};

/** A port that is being tried. */
type Watched = {
  question: GateQuestion;
  readonly begunMs: number;
  readonly stop: AbortController;
  view: GateView;
  firstTry: Promise<void>;
};

/**
 * Tries at once, every 5 ms for a second, then every 100 ms. `readyTimeoutMs` after the container's start it gives
 * up, and goes on trying every 5 s so that the report ends when the port does accept.
 */
export function readinessGate({ readyTimeoutMs, onChange, signal }: GateOptions): ReadinessGate {
  const watched = new Map<string, Watched>();
  signal.addEventListener("abort", () => watched.forEach(({ stop }) => stop.abort()), { once: true });

  const tryOnce = async (each: Watched) => {
    const tries = each.question.targets.map((target) => accepts(target, tryTimeoutMs));
    if ((await Promise.all(tries)).includes(true)) each.view = "open";
    else if (triedMs(each) >= readyTimeoutMs) each.view = "gave-up";
  };

  const keepTrying = async (each: Watched) => {
    while (each.view !== "open" && !each.stop.signal.aborted) {
      const before = each.view;
      await wait(nextTryMs(performance.now() - each.begunMs, before === "gave-up"), each.stop.signal);
      await tryOnce(each);
      if (each.view !== before && !each.stop.signal.aborted) onChange(each.question.containerId);
    }
  };

  const watch = (question: GateQuestion) => {
    const stop = new AbortController();
    const begunMs = performance.now();
    const each: Watched = { question, begunMs, stop, view: "waiting", firstTry: Promise.resolve() };
    each.firstTry = tryOnce(each);
    watched.set(nameOf(question), each);
    void each.firstTry.then(() => keepTrying(each));
    return each;
  };

  return {
    view: async (question) => {
      if (question.targets.length === 0) return "not-tried";
      const each = watched.get(nameOf(question)) ?? watch(question);
      each.question = question;
      await each.firstTry;
      return each.view;
    },
    forget: (containerId, beforeMs = Number.POSITIVE_INFINITY) => {
      for (const [name, { question, stop }] of watched) {
        if (question.containerId !== containerId || question.startedAtMs >= beforeMs) continue;
        stop.abort();
        watched.delete(name);
      }
    },
  };
}

/** Since the container's start; where the clocks differ, at least since the first try. */
function triedMs({ question, begunMs }: Watched): number {
  return Math.max(evenNow() - question.startedAtMs, performance.now() - begunMs);
}

function nameOf({ containerId, startedAtMs, port }: GateQuestion): string {
  return `${containerId} ${startedAtMs} ${port}`;
}
