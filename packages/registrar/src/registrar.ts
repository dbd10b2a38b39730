import { type Containers, type ContainersOptions, createContainers } from "./containers.ts";
import { container12 } from "./docker/container.ts";
import type { Engine, EngineInfo } from "./docker/engine.ts";
import type { EngineEvent } from "./docker/engine-event.ts";
import type { EngineState } from "./engine-state.ts";
import { followEngine } from "./follow-engine.ts";
import { look } from "./look.ts";
import { createMarks } from "./marks.ts";
import { drainingMs } from "./state/endpoint-state.ts";
import { readinessGate } from "./state/readiness-gate.ts";

/** The loop from Docker to wanted records. */
export type Registrar = {
  /** Follows the engine until the signal aborts. Throws ProgramExit when another engine answers in its place. */
  readonly follow: () => Promise<void>;
  /** Resolves when every container of a list has been looked at: from then on `holdings` is the whole truth. */
  readonly firstLook: Promise<void>;
  readonly holdings: Containers["holdings"];
  readonly engineState: () => EngineState;
  /** The ids of containers that the engine fails to tell about. */
  readonly failing: () => readonly string[];
  /** How long the longest pass has been running, in milliseconds. */
  readonly longestPassMs: () => number;
};

export type RegistrarOptions = Omit<ContainersOptions, "gate"> & {
  readonly engine: Engine;
  /** The engine's id; another one behind the same socket ends the registrar. */
  readonly engineId: string;
  /** How often everything is looked at again. */
  readonly relistMs: number;
  readonly signal: AbortSignal;
};

const passesAtOnce = 8;

/**
 * Keeps `holdings` in step with the engine's containers. Events mark a container; a pass inspects it and sets all that
 * stands for it. An engine that is away changes nothing.
 */
export function createRegistrar(options: RegistrarOptions): Registrar {
  const { engine, readyTimeoutMs, log, signal } = options;
  const failing = new Set<string>();
  let engineState: EngineState = { kind: "unlisted", reason: "the Docker engine has not been listed yet" };
  let looked: () => void = () => undefined;
  const firstLook = new Promise<void>((resolve) => (looked = resolve));

  const pass = async (id: string) => {
    const seen = await look(engine, id);
    failing.delete(id);
    await containers.looked(id, seen);
  };

  const onFailure = (id: string, error: unknown) => {
    if (engineState.kind !== "followed" || failing.has(id)) return;
    failing.add(id);
    log.warn({ container: container12(id), error: String(error) }, "Docker does not tell about a container");
  };

  const marks = createMarks({ pass, onFailure, atOnce: passesAtOnce, signal });
  const gate = readinessGate({ readyTimeoutMs, onChange: marks.mark, signal });
  const containers = createContainers({ ...options, gate });

  const onListed = (info: EngineInfo, ids: readonly string[]) => {
    engineState = { kind: "followed", info };
    for (const id of new Set([...ids, ...containers.holdings.ids()])) marks.mark(id);
    void marks.settled().then(() => engineState.kind === "followed" && looked());
  };

  const onEvent = (event: EngineEvent) => {
    for (const id of containers.told(event)) marks.mark(id);
    // Who was told to stop and did not is looked at when that has become clear.
    if (event.what === "killed") setTimeout(() => marks.mark(event.containerId), drainingMs + 100).unref();
  };

  const onLost = (reason: string) => {
    engineState = { kind: "lost", reason };
  };

  return {
    follow: () => followEngine({ ...options, onListed, onEvent, onLost }),
    firstLook,
    holdings: containers.holdings,
    engineState: () => engineState,
    failing: () => [...failing],
    longestPassMs: marks.longestPassMs,
  };
}
