import { type LabelRules, wholeNode } from "@fairway/contract";
import { WorkQueue } from "@fairway/loop";
import { evenNow, type Log } from "@fairway/program";
import type { NodePublisher, OwnNode, RemovedContainer } from "@fairway/registry";
import type { ContainerState } from "./containers/container-state.ts";
import { Containers } from "./containers/containers.ts";
import type { Drains } from "./containers/drains.ts";
import { HealthLooks } from "./containers/health-looks.ts";
import { removedMs } from "./containers/host-ports.ts";
import { EarlierSockets } from "./containers/earlier-sockets.ts";
import { ReadinessGate } from "./containers/readiness-gate.ts";
import { container12, type EngineInfo, type EngineList } from "./docker/container.ts";
import { type DockerEngine, inspectContainer } from "./docker/engine.ts";
import { type EngineEvent, type EngineState, followEngine } from "./docker/events.ts";
import { FailingContainers } from "./failing-containers.ts";

export type RegistrarOptions = {
  readonly engine: DockerEngine;
  /** Another engine than its own behind the same socket ends the registrar. */
  readonly node: OwnNode;
  /** The engine is rootless. */
  readonly isRootless: boolean;
  /** An own address of this machine where the node's is none. (the node's) */
  readonly localAddress?: string | undefined;
  /** The projects that its containers may belong to; `*` among them: every project. */
  readonly projects: readonly string[];
  /** What their labels may say. (what any may) */
  readonly rules?: LabelRules;
  readonly publisher: Pick<NodePublisher, "get" | "set" | "refusalOf">;
  /** What operators drain. */
  readonly drains?: Pick<Drains, "isDrained" | "onListed">;
  /** Called when the engine has no longer a container that asked for front ports. */
  readonly onRemoved: (removed: RemovedContainer) => void;
  readonly readyTimeoutMs: number;
  /** How often every container is inspected again. */
  readonly resyncMs: number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

const inspectionsAtOnce = 8;
const retriesAtOnce = 4;

/** How long the engine has to tell of one container, which takes a few milliseconds. */
const inspectionMs = 2000;
/** How long it has at most of a container that failed before: the longer the more often it did. */
const longestInspectionMs = 20_000;

/** Docker's answer about a container cannot be read. */
class OddAnswer extends Error {}

/**
 * The loop from Docker to wanted records: events put containers into a queue, its work inspects each and sets its
 * records in the publisher. An engine that is away changes nothing.
 */
export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #queue: WorkQueue<string>;
  /** Containers that the engine fails to tell about: they keep no others waiting. */
  readonly #retries: WorkQueue<string>;
  /** Looks every minute at what the registrar before has told of containers that were removed since. */
  readonly #former: WorkQueue<"former">;
  readonly #containers: Containers;
  readonly #failing = new FailingContainers();
  readonly #healthLooks = new HealthLooks();
  #engineState: EngineState = { kind: "unlisted", reason: "the Docker engine has not been listed yet" };
  #isComplete = false;
  #onComplete: () => void = () => undefined;
  /** Resolves when every container of a list was inspected, or failed three times running: then the records are whole. */
  readonly firstResync = new Promise<void>((resolve) => (this.#onComplete = resolve));

  constructor(options: RegistrarOptions) {
    const { node, isRootless, localAddress, projects, rules, publisher, drains, onRemoved } = options;
    const { readyTimeoutMs, log, signal } = options;
    this.#options = options;
    const onError = (id: string, error: unknown) => this.#onError(id, error);
    this.#queue = new WorkQueue({ work: (id) => this.#try(id), onError, concurrency: inspectionsAtOnce, signal });
    this.#retries = new WorkQueue({
      work: async (id) => (this.#failing.has(id) ? this.#inspect(id) : this.#queue.add(id)),
      onError,
      concurrency: retriesAtOnce,
      isAddedBeforeRetry: true,
      signal,
    });
    const endFormer = async () => {
      if (this.#containers.endFormer(this.#failing.listed)) this.#former.addAfter("former", removedMs);
    };
    this.#former = new WorkQueue({ work: endFormer, onError: () => undefined, signal });
    const earlier = new EarlierSockets({ signal });
    const gate = new ReadinessGate({ readyTimeoutMs, earlier, onChange: (id) => this.#queue.add(id), signal });
    const named = {
      name: node.node,
      address: node.address,
      localAddress,
      isRootless,
      projects,
      ...(rules && { rules }),
    };
    const isDrained = (id: string) => drains?.isDrained(id) === true;
    this.#containers = new Containers({ node: named, readyTimeoutMs, gate, publisher, isDrained, onRemoved, log });
  }

  /** Follows the engine until the signal aborts. Throws ProgramExit when another engine answers in its place. */
  async follow(): Promise<void> {
    const { engine, node, resyncMs, log, signal } = this.#options;
    await followEngine({
      engine,
      engineId: node.engineId,
      relistMs: resyncMs,
      onListed: (info, list) => this.#onListed(info, list),
      onEvent: (event) => this.#onEvent(event),
      onLost: (reason) => (this.#engineState = { kind: "lost", reason }),
      log,
      signal,
    });
  }

  /** The registry does not take the record at a key: its container's report is to say so. */
  onRefused(key: string): void {
    const id = this.#containers.idAt(key);
    if (id !== undefined) this.#queue.add(id);
  }

  /** An operator drains a container, by the beginning of its id, or `*` all, or does so no longer. */
  onDrains(container: string): void {
    const ids = this.#containers.states().map((state) => state.container.id);
    for (const id of ids.filter((each) => container === wholeNode || container12(each) === container)) {
      this.#containers.onDrains(id);
      this.#queue.add(id);
    }
  }

  get engineState(): EngineState {
    return this.#engineState;
  }

  /** True once {@link firstResync} has resolved. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The states of the containers that have records. */
  states(): readonly ContainerState[] {
    return this.#containers.states();
  }

  /** The ids of the containers that the engine fails to tell about. */
  failing(): readonly string[] {
    return this.#failing.ids();
  }

  /** Names them in a sentence; undefined: there is none. */
  failingSentence(): string | undefined {
    return this.#failing.sentence();
  }

  /** Takes in what the registry holds of the registrar before: what cannot be read is not gone. */
  takeOver(former: ReadonlyMap<string, string>): void {
    for (const id of this.#containers.takeOver(former, this.#failing.listed)) this.#queue.add(id);
    this.#former.addAfter("former", removedMs);
  }

  /** How long the longest inspection has been running, in milliseconds. */
  busyMs(): number {
    return this.#queue.busyMs();
  }

  #onListed(info: EngineInfo, list: EngineList): void {
    this.#engineState = { kind: "followed", info };
    for (const id of this.#failing.onListed(list)) this.#containers.onEnded(id);
    for (const id of this.#containers.idsToInspect(list.running, list.stopped)) this.#queue.add(id);
    const listed = [...list.running, ...list.stopped];
    this.#healthLooks.keepOnly(new Set(listed));
    this.#options.drains?.onListed(listed);
    void this.#completeWhenIdle();
  }

  #onEvent(event: EngineEvent): void {
    const waitMs = this.#healthLooks.waitMs(event, evenNow());
    for (const id of this.#containers.onEvent(event))
      this.#queue.addAfter(id, Math.max(waitMs, this.#containers.restMs(id)));
  }

  /** The first try; others are made beside the queue. */
  async #try(id: string): Promise<void> {
    if (this.#failing.has(id)) return this.#retries.add(id);
    try {
      await this.#inspect(id);
    } catch (error) {
      this.#onError(id, error);
      this.#retries.addAfter(id, 100);
    }
  }

  async #inspect(id: string): Promise<void> {
    const timeoutMs = Math.min(inspectionMs * 2 ** Math.max(0, this.#failing.failuresOf(id) - 1), longestInspectionMs);
    const inspection = await inspectContainer(this.#options.engine, id, timeoutMs);
    await this.#containers.update(id, inspection);
    if (inspection.kind === "unreadable") throw new OddAnswer(inspection.reason);
    this.#settle(id);
    const leftMs = this.#containers.nextLookMs(id);
    if (leftMs < Infinity) this.#queue.addAfter(id, leftMs + 100);
  }

  #settle(id: string): void {
    if (!this.#failing.has(id)) return;
    this.#failing.settle(id);
    void this.#completeWhenIdle();
  }

  #onError(id: string, error: unknown): void {
    const isNew = this.#failing.fail(id);
    void this.#completeWhenIdle();
    if (!isNew || error instanceof OddAnswer || this.#engineState.kind !== "followed") return;
    this.#options.log.warn(
      { container: container12(id), error: String(error) },
      "Docker does not tell about a container",
    );
  }

  async #completeWhenIdle(): Promise<void> {
    if (this.#isComplete) return;
    await this.#queue.idle();
    if (!this.#failing.isSettled() || this.#engineState.kind !== "followed") return;
    this.#isComplete = true;
    this.#onComplete();
  }
}
