import { parseEndpointKey } from "@fairway/contract";
import { evenNow, type Log } from "@fairway/program";
import { isSameRecord, type NodePublisher, type RemovedContainer } from "@fairway/registry";
import { container12, type EngineList, type Inspection, type RunningContainer } from "../docker/container.ts";
import type { EngineEvent } from "../docker/events.ts";
import { isOfHealth } from "../docker/health-events.ts";
import type { NamedNode } from "../endpoints/endpoints-of.ts";
import { askedBy, type ContainerState, stateOfRunning, stateOfUnreadable } from "./container-state.ts";
import { logChanges, logRejections } from "./container-log.ts";
import { compareStates, Flaps, holdBack } from "./flaps.ts";
import { KeptHostPorts } from "./host-ports.ts";
import type { ReadinessGate } from "./readiness-gate.ts";
import { type Former, formerByContainer, stateOfFormer } from "./former-records.ts";
import { noRecords, type RecordTexts } from "./records.ts";
import { restate, type Restating, toDrained, toReady, toStopping } from "./restate.ts";
import { drainingMs, meaningOf, SentSignals } from "./sent-signals.ts";
import { SharedNetworks } from "./shared-networks.ts";

export type ContainersOptions = {
  readonly node: NamedNode;
  readonly readyTimeoutMs: number;
  readonly gate: ReadinessGate;
  /** Where the records of containers go. */
  readonly publisher: Pick<NodePublisher, "get" | "set" | "refusalOf">;
  /** Whether an operator drains a container. */
  readonly isDrained: (id: string) => boolean;
  /** Called when the engine has no longer a container that asked for front ports. */
  readonly onRemoved: (removed: RemovedContainer) => void;
  readonly log: Log;
};

/** A container's state with the records that are new with it; undefined: it has none. */
type Wanted = { readonly state: ContainerState | undefined; readonly records: RecordTexts };

/** The states of the engine's containers. Each change of one sets its records in the publisher. */
export class Containers {
  readonly #options: ContainersOptions;
  readonly #states = new Map<string, ContainerState>();
  readonly #sharedNetworks = new SharedNetworks();
  readonly #signals = new SentSignals();
  readonly #hostPorts: KeptHostPorts;
  readonly #flaps = new Flaps();
  /** What each container asked for, for as long as the engine has it. */
  readonly #asked = new Map<string, RemovedContainer>();
  /** Containers that were read, for as long as the engine lists them. */
  readonly #read = new Set<string>();
  /** Which run of a container ended, by its start: an inspection may have been answered before. */
  readonly #endedRuns = new Map<string, number>();

  constructor(options: ContainersOptions) {
    this.#options = options;
    this.#hostPorts = new KeptHostPorts(options.node.name);
  }

  /**
   * The containers of a list to inspect, and those that have records. One without a process is inspected once: events
   * tell of the next time.
   */
  idsToInspect(running: readonly string[], stopped: readonly string[]): ReadonlySet<string> {
    const listed = new Set([...running, ...stopped]);
    for (const id of this.#read) if (!listed.has(id)) this.#read.delete(id);
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
   * again once it no longer counts as draining, one that has stopped keeps its host ports for a time, one that flaps
   * comes back after a pause, and one with a delay of its own is ready after that. Infinity: never.
   */
  nextLookMs(id: string): number {
    const nowMs = evenNow();
    const { run, delayedUntilMs = 0 } = this.#states.get(id) ?? {};
    const drainingUntil = run === undefined ? [] : this.#signals.to(id).map(({ seenMs }) => seenMs + drainingMs(run));
    const drainingLeftMs = Math.max(0, ...drainingUntil) - nowMs;
    const left = [drainingLeftMs, this.#flaps.leftMs(id, nowMs), delayedUntilMs - nowMs].filter((ms) => ms > 0);
    return Math.min(...left, this.#hostPorts.leftMs(id, nowMs));
  }

  /**
   * Takes in what the registry holds of the registrar before. Of a running container that could not be read yet all of it
   * stays until it is; of another its run was ready, or told to stop, if it was then. Host ports of one that was not read
   * stay for a minute. Returns the ids to inspect again.
   */
  takeOver(former: RecordTexts, { running }: Pick<EngineList, "running">): readonly string[] {
    const byContainer = formerByContainer(former);
    this.#options.publisher.set(this.#hostPorts.takeOver(byContainer, evenNow()));
    const found = running.flatMap((id) => {
      const records = byContainer.get(container12(id));
      return records === undefined ? [] : [{ id, records, isRead: this.#read.has(id) }];
    });
    return found.flatMap(({ id, records, isRead }) => {
      if (isRead) this.#resume(id, records);
      else this.#keep(id, records);
      return isRead ? [id] : [];
    });
  }

  /** Ends what {@link takeOver} kept of removed containers; true: some of it stays. To be called every minute. */
  endFormer(list: EngineList): boolean {
    this.#options.publisher.set(this.#hostPorts.endFormer(list, evenNow()));
    return this.#hostPorts.hasFormer;
  }

  /** Takes in that the engine lists a container no longer as running, though nobody could read it. */
  onEnded(id: string): void {
    this.#remove(id, "stopped");
  }

  /** Takes in what Docker says of a container now. One at a time for each container. */
  async update(id: string, inspection: Inspection): Promise<void> {
    if (inspection.kind !== "unreadable") this.#read.add(id);
    if (inspection.kind === "running") return this.#updateRunning(id, inspection);
    this.#options.publisher.set(this.#hostPorts.update(id, inspection, evenNow()));
    if (inspection.kind !== "unreadable") return this.#remove(id, inspection.kind);
    const odd = stateOfUnreadable(this.#options.node.name, { id, reason: inspection.reason }, this.#states.get(id));
    this.#set(id, odd.state, odd.records);
  }

  /** How long a look at a container may wait, whatever happens but what events tell already. */
  restMs(id: string): number {
    return this.#flaps.restMs(id, this.#states.get(id), evenNow());
  }

  /** Takes in what an event says already; returns the ids of the containers to inspect. */
  onEvent(event: EngineEvent): readonly string[] {
    const { containerId: id, what, signal, atMs } = event;
    const nowMs = evenNow();
    const state = this.#states.get(id);
    // Nothing is to be kept of one that nobody could read and that has ended.
    if (what === "died") this.#read.add(id);
    const at = { engineMs: atMs, seenMs: nowMs, wallMs: Date.now(), runStartedAtMs: state?.run?.startedAtMs };
    if (what === "killed") this.#signals.add(id, { signal, ...at });
    const meaning = meaningOf(state?.run, event, nowMs);
    if (meaning === "died" && state?.run !== undefined) this.#endedRuns.set(id, state.run.startedAtMs);
    if (meaning === "died") this.#set(id, undefined, noRecords);
    if (meaning === "draining") this.#restate(id, toStopping);
    return isOfHealth(event) ? [id] : [id, ...this.#sharedNetworks.joinersOf(id)];
  }

  /** Takes in that an operator may drain a container: its records say so at once, though the engine tells nothing. */
  onDrains(id: string): void {
    if (this.#options.isDrained(id)) this.#restate(id, toDrained);
  }

  async #updateRunning(id: string, running: RunningContainer): Promise<void> {
    const { networkMode: mode, startedAtMs } = running.container;
    const { node, gate, readyTimeoutMs, publisher } = this.#options;
    this.#sharedNetworks.set(id, mode.kind === "container" ? mode.container : undefined);
    gate.forget(id, startedAtMs);
    const wanted = await stateOfRunning(running, {
      node,
      gate,
      readyTimeoutMs,
      signals: () => this.#signals.to(id),
      refusalOf: (key) => publisher.refusalOf(key),
      before: this.#states.get(id),
      isDrained: () => this.#options.isDrained(id),
      hints: this.#flaps.hints(id, evenNow()),
    });
    // In the transaction of its endpoints, so that proxies of this node know whose the ports are when they serve them.
    publisher.set(this.#hostPorts.update(id, running, evenNow()));
    if (wanted !== undefined && !this.#asked.has(id)) this.#asked.set(id, askedBy(wanted));
    const now = this.#endedRuns.get(id) === startedAtMs ? undefined : wanted;
    this.#set(id, now?.state, now?.records ?? noRecords);
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

  /** Puts endpoints of a container that has records into another state, without a look at it. */
  #restate(id: string, restating: Restating): void {
    const before = this.#states.get(id);
    if (before === undefined) return;
    const { state, records } = restate(before, (key) => this.#options.publisher.get(key), restating);
    this.#set(id, state, records);
  }

  #keep(id: string, { records }: Former): void {
    this.#options.publisher.set(records);
    const state = stateOfFormer(id, records);
    if (records.size > 0) this.#states.set(id, state);
    if (!this.#resumeDraining(id, state)) this.onDrains(id);
  }

  /** What the registrar before saw of a run that goes on. */
  #resume(id: string, { records }: Former): void {
    const former = stateOfFormer(id, records);
    const now = this.#states.get(id);
    if (former.run === undefined || former.run.startedAtMs !== now?.run?.startedAtMs) return;
    if (this.#resumeDraining(id, former)) return this.#restate(id, toStopping);
    if (this.#options.isDrained(id)) return;
    const ready = new Set(former.endpoints.flatMap(({ key, state }) => (state === "ready" ? [key] : [])));
    this.#restate(id, toReady(ready));
  }

  /** True for a container whose run was told to stop. */
  #resumeDraining(id: string, { run, endpoints }: ContainerState): boolean {
    const isDraining = run !== undefined && endpoints.some(({ state }) => state === "draining");
    if (isDraining) this.#signals.resume(id, run);
    return isDraining;
  }

  /**
   * Keeps a container's state and publishes its new records; those that it has no longer are deleted. Of one that flaps
   * what is better waits for a pause.
   */
  #set(id: string, wanted: ContainerState | undefined, wantedRecords: RecordTexts): void {
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
