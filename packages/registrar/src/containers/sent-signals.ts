import { constants } from "node:os";
import { evenNow } from "@fairway/program";
import type { Container } from "../docker/container.ts";
import type { EngineEvent } from "../docker/events.ts";

const { signals } = constants;

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
  /** When the run began that the container was known to be in then, by the engine's clock; undefined: none was known. */
  readonly runStartedAtMs: number | undefined;
};

/** When something happened to a container, by several clocks. */
type Happened = Pick<SentSignal, "engineMs" | "wallMs" | "runStartedAtMs">;

/** How long past its stop time-out a container that was told to stop still counts as ending. */
const slackMs = 60_000;

/** What of a container's present run decides which signals end it. */
export type Run = Pick<Container, "startedAtMs" | "stopSignal" | "stopTimeoutMs">;

/** How long after a stopping signal a container that still runs counts as one that stays. */
export function drainingMs({ stopTimeoutMs }: Pick<Run, "stopTimeoutMs">): number {
  return stopTimeoutMs + slackMs;
}

/** True from a stopping signal in this run on, for as long as the container may still be ending. */
export function isDraining(run: Run, sent: SentSignal, nowMs: number): boolean {
  return isToldToStop(run, sent) && nowMs - sent.seenMs < drainingMs(run);
}

/** True for a signal that ends a container: its own stop signal, SIGTERM or SIGKILL. */
export function isStopping(signal: number, stopSignal: number): boolean {
  return signal === stopSignal || signal === signals.SIGTERM || signal === signals.SIGKILL;
}

/** True for a stopping signal in this run. */
export function isToldToStop(run: Run, sent: SentSignal): boolean {
  return isInRun(run, sent) && isStopping(sent.signal, run.stopSignal);
}

/**
 * True for what happened to a container since its present run began. A run that was known then, and begins later by the
 * clock of both, began before that was set back: then it is of this run. One that was not known may have begun since.
 */
export function isInRun({ startedAtMs }: Run, { engineMs, wallMs, runStartedAtMs }: Happened): boolean {
  return engineMs >= startedAtMs || (startedAtMs > wallMs && startedAtMs === runStartedAtMs);
}

/** What an event says of a container's run before Docker answers an inspection; `nothing`: of this run, nothing. */
export type EventMeaning = "died" | "draining" | "nothing";

/**
 * Docker answers no inspection while it tears a container down, for a tenth of a second and longer. The next inspection
 * comes to the same end: a container that died has no records, one that is being stopped drains.
 */
export function meaningOf(run: Run | undefined, event: EngineEvent, nowMs: number): EventMeaning {
  if (run === undefined) return "nothing";
  const at = { engineMs: event.atMs, wallMs: Date.now(), runStartedAtMs: run.startedAtMs };
  if (!isInRun(run, at)) return "nothing";
  if (event.what === "died") return "died";
  const sent = { signal: event.signal, seenMs: nowMs, ...at };
  return event.what === "killed" && isDraining(run, sent, nowMs) ? "draining" : "nothing";
}

/** The signals that were sent to containers: only events tell of them. */
export class SentSignals {
  readonly #signals = new Map<string, readonly SentSignal[]>();

  /** Keeps the last of each signal. */
  add(containerId: string, sent: SentSignal): void {
    const others = this.to(containerId).filter(({ signal }) => signal !== sent.signal);
    this.#signals.set(containerId, [...others, sent]);
  }

  /** Keeps that a run was told to stop. When, is not known: it counts as now. */
  resume(containerId: string, { stopSignal, startedAtMs }: Run): void {
    const now = { seenMs: evenNow(), wallMs: Date.now() };
    this.add(containerId, { signal: stopSignal, engineMs: startedAtMs, runStartedAtMs: startedAtMs, ...now });
  }

  to(containerId: string): readonly SentSignal[] {
    return this.#signals.get(containerId) ?? [];
  }

  forget(containerId: string): void {
    this.#signals.delete(containerId);
  }
}
