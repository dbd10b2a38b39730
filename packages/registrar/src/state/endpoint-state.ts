import type { EndpointState } from "@fairway/contract";
import type { Container } from "../docker/container.ts";
import { isStopping } from "../docker/stop-signal.ts";
import type { Kill } from "./kills.ts";

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
  readonly kills: readonly Kill[];
  /** The local clock, milliseconds. */
  readonly nowMs: number;
};

/** The state of an endpoint of a running container, as the contract's table says. */
export function endpointState({ container, gate, kills, nowMs }: StateQuestion): EndpointState {
  if (kills.some((kill) => isDraining(container, kill, nowMs))) return "draining";
  if (container.isPaused || container.health === "unhealthy") return "unhealthy";
  if (container.health === "healthy") return "ready";
  if (container.health === "starting") return "starting";
  return gate === "waiting" ? "starting" : "ready";
}

/** True from a stopping signal in this run on, for as long as the container may still be ending. */
export function isDraining(run: Pick<Container, "startedAtMs" | "stopSignal">, kill: Kill, nowMs: number): boolean {
  const isOfThisRun = kill.engineMs >= run.startedAtMs;
  return isOfThisRun && isStopping(kill.signal, run.stopSignal) && nowMs - kill.seenMs < drainingMs;
}
