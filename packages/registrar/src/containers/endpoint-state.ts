import type { EndpointRecord, EndpointState } from "@fairway/contract";
import type { Container, RunningContainer } from "../docker/container.ts";
import { isDraining, type SentSignal } from "./sent-signals.ts";

/** What the readiness gate knows of one port. */
export type GateView =
  /** It accepted a connection in this run of the container. */
  | "open"
  | "waiting"
  /** Who accepts there is another program of the machine, which listened before this run of the container began. */
  | "held"
  /** It accepted none for as long as the registrar waits; it is tried on, more rarely. */
  | "late"
  /** No address of it can be reached from here, or nothing needs to be tried. */
  | "not-tried";

/** What the state of an endpoint depends on. */
export type StateQuestion = {
  readonly container: Container;
  readonly gate: GateView;
  /** How long after its start it takes no traffic yet, as its label says. (0) */
  readonly initialDelayMs?: number;
  /** It was ready in this run. An engine that restarts with live-restore takes healthy containers back to `starting`. */
  readonly hasBeenReady?: boolean;
  /** The container whose network it joined has another network since. */
  readonly isCutOff?: boolean;
  /** The signals that were seen sent to the container. */
  readonly signals: readonly SentSignal[];
  /** The local clock, milliseconds. */
  readonly nowMs: number;
};

/**
 * The state of an endpoint of a running container, by the first of these that holds:
 *
 * 1. A signal that stops the container was sent to it less than its stop time-out and a minute ago: draining.
 * 2. It is paused, its HEALTHCHECK fails, or it is left in a network that is no more: unhealthy.
 * 3. Another program of the machine has its port, or its label's delay is not over: starting, whatever a HEALTHCHECK says.
 * 4. Its HEALTHCHECK passes, or it was ready in this run: ready.
 * 5. Its HEALTHCHECK has not passed yet: starting.
 * 6. It has no HEALTHCHECK: starting until the port accepts a connection or the registrar waits no longer, then ready.
 */
export function endpointState(question: StateQuestion): EndpointState {
  const { container, gate, hasBeenReady, isCutOff: isLeft, signals, nowMs } = question;
  if (signals.some((sent) => isDraining(container, sent, nowMs))) return "draining";
  if (container.isPaused || container.health === "unhealthy" || isLeft === true) return "unhealthy";
  if (gate === "held" || isDelayed(question)) return "starting";
  if (container.health === "healthy" || hasBeenReady === true) return "ready";
  if (container.health === "starting") return "starting";
  return gate === "waiting" ? "starting" : "ready";
}

/**
 * What an operator's drain makes of an endpoint that is in this state by itself. One that is told to stop drains of its
 * own, and is not marked: the next registrar is to see that.
 */
export function whileDrained(own: EndpointState): Pick<EndpointRecord, "state" | "drained"> {
  if (own === "draining") return { state: own };
  return { state: own === "ready" ? "draining" : own, drained: true };
}

/** True in the time after a container's start in which its label gives it no traffic; one that was ready stays so. */
function isDelayed({ container, initialDelayMs = 0, hasBeenReady, nowMs }: StateQuestion): boolean {
  return hasBeenReady !== true && nowMs - container.startedAtMs < initialDelayMs;
}

/**
 * True for a container that joined the network of one that was started again since: it is left in a network that is no
 * more, and nobody reaches it until it is started again too. The host's network outlasts every container.
 */
export function isCutOff({ container, networkOwner }: RunningContainer): boolean {
  const isJoined = container.networkMode.kind === "container" && networkOwner?.networkMode.kind !== "host";
  return isJoined && networkOwner !== undefined && networkOwner.startedAtMs > container.startedAtMs;
}
