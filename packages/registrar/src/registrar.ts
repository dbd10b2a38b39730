import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { NodePublisher, OwnNode, RemovedContainer } from "@fairway/registry";
import type { ContainerState } from "./containers/container-state.ts";
import { Containers } from "./containers/containers.ts";
import { ReadinessGate } from "./containers/readiness-gate.ts";
import { container12, type EngineInfo, type EngineList } from "./docker/container.ts";
import { type DockerEngine, inspectContainer } from "./docker/engine.ts";
import { type EngineEvent, type EngineState, followEngine } from "./docker/events.ts";

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
  readonly publisher: Pick<NodePublisher, "get" | "set" | "refusalOf">;
  /** Called when the engine has no longer a container that asked for front ports. */
  readonly onRemoved: (removed: RemovedContainer) => void;
  readonly readyTimeoutMs: number;
  /** How often every container is inspected again. */
  readonly resyncMs: number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

const inspectionsAtOnce = 8;
const failuresUntilSettled = 3;

/**
 * The loop from Docker to wanted records: events put containers into a queue, its work inspects each and sets its
 * records in the publisher. An engine that is away changes nothing.
 */
export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #queue: WorkQueue<string>;
  readonly #containers: Containers;
  /** Containers that the engine fails to tell about. */
  readonly #failing = new Set<string>();
  /** Those whose inspection failed fewer than three times running. */
  readonly #retrying = new Set<string>();
  #engineState: EngineState = { kind: "unlisted", reason: "the Docker engine has not been listed yet" };
  #isComplete = false;
  #onComplete: () => void = () => undefined;
  /** Resolves when every container of a list was inspected, or failed three times running: then the records are whole. */
  readonly firstResync = new Promise<void>((resolve) => (this.#onComplete = resolve));

  constructor(options: RegistrarOptions) {
    const { node, isRootless, localAddress, projects, publisher, onRemoved, readyTimeoutMs, log, signal } = options;
    this.#options = options;
    this.#queue = new WorkQueue({
      work: (id) => this.#inspect(id),
      onError: (id, error, failures) => this.#onError(id, error, failures),
      concurrency: inspectionsAtOnce,
      isAddedBeforeRetry: true,
      signal,
    });
    const gate = new ReadinessGate({ readyTimeoutMs, onChange: (id) => this.#queue.add(id), signal });
    const named = { name: node.node, address: node.address, localAddress, isRootless, projects };
    this.#containers = new Containers({ node: named, readyTimeoutMs, gate, publisher, onRemoved, log });
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
    return [...this.#failing];
  }

  /** How long the longest inspection has been running, in milliseconds. */
  busyMs(): number {
    return this.#queue.busyMs();
  }

  #onListed(info: EngineInfo, { running, stopped }: EngineList): void {
    this.#engineState = { kind: "followed", info };
    for (const id of this.#containers.idsToInspect(running, stopped)) this.#queue.add(id);
    void this.#completeWhenIdle();
  }

  #onEvent(event: EngineEvent): void {
    for (const id of this.#containers.onEvent(event)) this.#queue.add(id);
  }

  async #inspect(id: string): Promise<void> {
    const inspection = await inspectContainer(this.#options.engine, id);
    this.#failing.delete(id);
    await this.#containers.update(id, inspection);
    if (this.#retrying.delete(id)) void this.#completeWhenIdle();
    const leftMs = this.#containers.nextLookMs(id);
    if (leftMs < Infinity) this.#queue.addAfter(id, leftMs + 100);
  }

  #onError(id: string, error: unknown, failures: number): void {
    if (failures < failuresUntilSettled) this.#retrying.add(id);
    else if (this.#retrying.delete(id)) void this.#completeWhenIdle();
    if (this.#engineState.kind !== "followed" || this.#failing.has(id)) return;
    this.#failing.add(id);
    this.#options.log.warn(
      { container: container12(id), error: String(error) },
      "Docker does not tell about a container",
    );
  }

  async #completeWhenIdle(): Promise<void> {
    if (this.#isComplete) return;
    await this.#queue.idle();
    if (this.#retrying.size > 0 || this.#engineState.kind !== "followed") return;
    this.#isComplete = true;
    this.#onComplete();
  }
}
