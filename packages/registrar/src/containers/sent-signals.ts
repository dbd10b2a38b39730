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
  /** Since 1970 by the machine's clock when it was seen, which is the engine's where both are on one machine. */
  readonly wallMs: number;
};

/** How long after a stopping signal a container that still runs counts as one that stays. */
export const drainingMs = 60_000;

/** What of a container's present run decides which signals end it. */
export type Run = Pick<Container, "startedAtMs" | "stopSignal">;

/** True from a stopping signal in this run on, for as long as the container may still be ending. */
export function isDraining(run: Run, { signal, engineMs, seenMs, wallMs }: SentSignal, nowMs: number): boolean {
  return isInRun(run, { engineMs, wallMs }) && isStopping(signal, run.stopSignal) && nowMs - seenMs < drainingMs;
}

/**
 * True for what happened to a container since its present run began. A run that begins later than now, by the clock of
 * both, began before that was set back: then it is of this run.
 */
export function isInRun({ startedAtMs }: Run, { engineMs, wallMs }: Pick<SentSignal, "engineMs" | "wallMs">): boolean {
  return engineMs >= startedAtMs || startedAtMs > wallMs;
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
