import { parseEndpointKey, type Rejection } from "@fairway/contract";
import { evenNow, type Log } from "@fairway/program";
import { isSameRecord, type NodePublisher, readAsked } from "@fairway/registry";
import type { RecordChanges, RemovedContainer } from "@fairway/registry";
import { container12, type Inspection, type RunningContainer } from "../docker/container.ts";
import type { EngineEvent } from "../docker/events.ts";
import type { NamedNode } from "../endpoints/endpoints-of.ts";
import {
  type ContainerState,
  meaningOf,
  stateOfRunning,
  stateOfUnreadable,
  type StateWithRecords,
} from "./container-state.ts";
import { compareStates, Flaps, holdBack } from "./flaps.ts";
import { HostPorts } from "./host-ports.ts";
import type { ReadinessGate } from "./readiness-gate.ts";
import { type Records, restatedRecords } from "./records.ts";
import { drainingMs, SentSignals } from "./sent-signals.ts";
import { SharedNetworks } from "./shared-networks.ts";

export type ContainersOptions = {
  readonly node: NamedNode;
  readonly readyTimeoutMs: number;
  readonly gate: ReadinessGate;
  /** Where the records of containers go. */
  readonly publisher: Pick<NodePublisher, "get" | "set" | "refusalOf">;
  /** Called when the engine has no longer a container that asked for front ports. */
  readonly onRemoved: (removed: RemovedContainer) => void;
  readonly log: Log;
};

const noRecords: Records = new Map();

/** A container's state with the records that are new with it; undefined: it has none. */
type Wanted = { readonly state: ContainerState | undefined; readonly records: Records };

/** The states of the engine's containers. Each change of one sets its records in the publisher. */
export class Containers {
  readonly #options: ContainersOptions;
  readonly #states = new Map<string, ContainerState>();
  readonly #sharedNetworks = new SharedNetworks();
  readonly #signals = new SentSignals();
  readonly #hostPorts: HostPorts;
  readonly #flaps = new Flaps();
  /** What each container asked for, for as long as the engine has it. */
  readonly #asked = new Map<string, RemovedContainer>();
  /** Which run of a container ended, by its start: an inspection may have been answered before. */
  readonly #endedRuns = new Map<string, number>();

  constructor(options: ContainersOptions) {
    this.#options = options;
    this.#hostPorts = new HostPorts(options.node.name);
  }

  /**
   * The containers of a list to inspect, and those that have records. One without a process is inspected once: events
   * tell of the next time.
   */
  idsToInspect(running: readonly string[], stopped: readonly string[]): ReadonlySet<string> {
    return new Set([...running, ...this.#hostPorts.idsToInspect(running, stopped), ...this.#states.keys()]);
  }

  /** The id of the container that a record is of; undefined: none that has records. */
  idAt(key: string): string | undefined {
    const id12 = parseEndpointKey(key)?.container12;
    return [...this.#states.keys()].find((id) => container12(id) === id12);
  }

  states(): readonly ContainerState[] {
    return [...this.#states.values()];
  }

  /**
   * In how many milliseconds time alone changes a container's records: one that was told to stop and goes on is ready
   * again once it no longer counts as draining, one that has stopped keeps its host ports for a time, and one that flaps
   * comes back after a pause. Infinity: never.
   */
  nextLookMs(id: string): number {
    const nowMs = evenNow();
    const drainingUntil = this.#signals.to(id).map(({ seenMs }) => seenMs + drainingMs);
    const drainingLeftMs = Math.max(0, ...drainingUntil) - nowMs;
    const pauseLeftMs = this.#flaps.leftMs(id, nowMs);
    const left = [drainingLeftMs, pauseLeftMs].filter((ms) => ms > 0);
    return Math.min(...left, this.#hostPorts.leftMs(id, nowMs));
  }

  /** Takes in what Docker says of a container now. One at a time for each container. */
  async update(id: string, inspection: Inspection): Promise<void> {
    // First, so that proxies of this node know whose the ports are before they serve anything there.
    this.#options.publisher.set(this.#hostPorts.update(id, inspection, evenNow()));
    if (inspection.kind === "running") return this.#updateRunning(id, inspection);
    if (inspection.kind !== "unreadable") return this.#remove(id, inspection.kind);
    const { node } = this.#options;
    const { state, records } = stateOfUnreadable(node.name, { id, reason: inspection.reason }, this.#states.get(id));
    this.#set(id, state, records);
  }

  /** Takes in what an event says already; returns the ids of the containers to inspect. */
  onEvent(event: EngineEvent): readonly string[] {
    const { containerId: id, what, signal, atMs } = event;
    const nowMs = evenNow();
    const state = this.#states.get(id);
    if (what === "killed") this.#signals.add(id, { signal, engineMs: atMs, seenMs: nowMs });
    const meaning = meaningOf(state?.run, event, nowMs);
    if (meaning === "died" && state?.run !== undefined) this.#endedRuns.set(id, state.run.startedAtMs);
    if (meaning === "died") this.#set(id, undefined, noRecords);
    if (meaning === "draining" && state !== undefined) this.#drain(id, state, nowMs);
    return [id, ...this.#sharedNetworks.joinersOf(id)];
  }

  async #updateRunning(id: string, running: RunningContainer): Promise<void> {
    const { networkMode, startedAtMs } = running.container;
    const { node, gate, readyTimeoutMs, publisher } = this.#options;
    this.#sharedNetworks.set(id, networkMode.kind === "container" ? networkMode.container : undefined);
    gate.forget(id, startedAtMs);
    const signals = () => this.#signals.to(id);
    const refusalOf = (key: string) => publisher.refusalOf(key);
    const wanted = await stateOfRunning(running, {
      node,
      gate,
      readyTimeoutMs,
      signals,
      refusalOf,
      hints: this.#flaps.hints(id, evenNow()),
    });
    if (wanted !== undefined && !this.#asked.has(id)) this.#asked.set(id, askedBy(wanted));
    const hasEnded = this.#endedRuns.get(id) === startedAtMs;
    if (wanted === undefined || hasEnded) return this.#set(id, undefined, noRecords);
    this.#set(id, wanted.state, wanted.records);
  }

  #remove(id: string, kind: "stopped" | "gone"): void {
    this.#sharedNetworks.set(id, undefined);
    this.#options.gate.forget(id);
    this.#signals.forget(id);
    this.#endedRuns.delete(id);
    this.#set(id, undefined, noRecords);
    if (kind === "gone") this.#forget(id);
  }

  #forget(id: string): void {
    this.#flaps.forget(id);
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (asked !== undefined && asked.claims.length > 0) this.#options.onRemoved(asked);
  }

  #drain(id: string, before: ContainerState, nowMs: number): void {
    const endpoints = before.endpoints.map(({ key }) => ({ key, state: "draining" as const }));
    const texts = endpoints.flatMap(({ key }) => {
      const text = this.#options.publisher.get(key);
      return text === undefined ? [] : [[key, text] as const];
    });
    this.#set(id, { ...before, endpoints }, restatedRecords(new Map(texts), "draining", nowMs));
  }

  /**
   * Keeps a container's state and publishes its new records; those that it has no longer are deleted. Of one that flaps
   * what is better waits for a pause.
   */
  #set(id: string, wanted: ContainerState | undefined, wantedRecords: Records): void {
    const { publisher, log } = this.#options;
    const before = this.#states.get(id);
    const { state: after, records } = this.#damp(id, before, { state: wanted, records: wantedRecords });
    if (after === undefined) this.#states.delete(id);
    else this.#states.set(id, after);
    // First, so that the log has what anybody can read in the registry.
    logRejections(log, before?.rejections ?? [], after);
    const kept = new Set(after?.keys);
    const gone = (before?.keys ?? []).filter((key) => !kept.has(key)).map((key) => [key, undefined] as const);
    logChanges(log, publisher.set(new Map([...records, ...gone])), after);
  }

  #damp(id: string, before: ContainerState | undefined, { state, records }: Wanted): Wanted {
    const recordAt = (key: string) => this.#options.publisher.get(key);
    const isSame = (key: string) => !records.has(key) || isSameRecord(recordAt(key), records.get(key));
    const mayTell = this.#flaps.take(id, compareStates(before, state, isSame), evenNow());
    return mayTell || state === undefined ? { state, records } : holdBack({ state, records }, before, recordAt);
  }
}

/** A container's labels never change: it asks for the same as long as the engine has it. */
function askedBy({ state, records }: StateWithRecords): RemovedContainer {
  return { name: state.name, claims: [...records].flatMap(([key, value]) => readAsked({ key, value })?.claims ?? []) };
}

/** Logs what is refused of a container, once for as long as it stays the same. */
function logRejections(log: Log, before: readonly Rejection[], after: ContainerState | undefined): void {
  const known = new Set(before.map((rejection) => JSON.stringify(rejection)));
  for (const rejection of after?.rejections ?? []) {
    if (known.has(JSON.stringify(rejection))) continue;
    const fields = { container: after?.container.name, ...after?.name, ...rejection };
    if (rejection.severity === "refused") log.warn(fields, "refused what a container asks for");
    else log.info(fields, "hint on a container");
  }
}

/** Logs each endpoint that appeared, changed its state or left. */
function logChanges(log: Log, changes: RecordChanges, after: ContainerState | undefined): void {
  for (const [key, value] of changes) {
    if (parseEndpointKey(key) === undefined) continue;
    const state = after?.endpoints.find((endpoint) => endpoint.key === key)?.state;
    if (value === undefined) log.info({ key }, "endpoint left");
    else log.info({ key, state }, "endpoint changed");
  }
}
