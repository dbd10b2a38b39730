import type { EndpointState } from "@fairway/contract";
import type { Container } from "../docker/container.ts";
import { isStopping } from "../docker/stop-signal.ts";

/** A signal that was sent to a container through Docker. */
export type SentSignal = {
  /** Its number. */
  readonly signal: number;
  /** Engine's clock: tells to which run of the container it was sent. */
  readonly engineMs: number;
  /** Local clock, which never jumps: `evenNow`. */
  readonly seenMs: number;
};

/** What the readiness gate knows of one port. */
export type GateView =
  /** It accepted a connection in this run of the container. */
  | "open"
  | "waiting"
  /** It accepted none for as long as the registrar waits. */
  | "gave-up"
  /** No address of it can be reached from here, or nothing needs to be tried. */
  | "not-tried";

/** How long after a stopping signal a container that still runs counts as one that stays. */
export const drainingMs = 60_000;

/** What the state of an endpoint depends on. */
export type StateQuestion = {
  readonly container: Container;
  readonly gate: GateView;
  /** The signals that were seen sent to the container. */
  readonly signals: readonly SentSignal[];
  /** The local clock, milliseconds. */
  readonly nowMs: number;
};

/** The state of an endpoint of a running container, as the contract's table says. */
export function endpointState({ container, gate, signals, nowMs }: StateQuestion): EndpointState {
  if (signals.some((sent) => isDraining(container, sent, nowMs))) return "draining";
  if (container.isPaused || container.health === "unhealthy") return "unhealthy";
  if (container.health === "healthy") return "ready";
  if (container.health === "starting") return "starting";
  return gate === "waiting" ? "starting" : "ready";
}

/** What of a container's present run decides which signals end it. */
export type Run = Pick<Container, "startedAtMs" | "stopSignal">;

/** True from a stopping signal in this run on, for as long as the container may still be ending. */
export function isDraining(run: Run, { signal, engineMs, seenMs }: SentSignal, nowMs: number): boolean {
  const isOfThisRun = engineMs >= run.startedAtMs;
  return isOfThisRun && isStopping(signal, run.stopSignal) && nowMs - seenMs < drainingMs;
}

/** The signals that were sent to containers: only events tell of them. */
export class SentSignals {
  readonly #signals = new Map<string, readonly SentSignal[]>();

  /** Keeps the last of each signal. */
  add(containerId: string, sent: SentSignal): void {
    const others = this.to(containerId).filter(({ signal }) => signal !== sent.signal);
    this.#signals.set(containerId, [...others, sent]);
  }

  to(containerId: string): readonly SentSignal[] {
    return this.#signals.get(containerId) ?? [];
  }

  forget(containerId: string): void {
    this.#signals.delete(containerId);
  }
}
