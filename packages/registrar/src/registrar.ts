import type { Log } from "@fairway/program";
import { container12 } from "./docker/container.ts";
import type { Engine, EngineInfo } from "./docker/engine.ts";
import type { EngineEvent } from "./docker/engine-event.ts";
import type { EngineState } from "./engine-state.ts";
import { followEngine } from "./follow-engine.ts";
import { createHoldings, type Holding, type Holdings } from "./holdings.ts";
import { createJoins } from "./joins.ts";
import { look, type Looked } from "./look.ts";
import { createMarks } from "./marks.ts";
import type { Changes } from "./reconcile.ts";
import { reportChanges, reportRejections } from "./report.ts";
import { holdingOf, holdingOfUnreadable } from "./stand.ts";
import { drainingMs } from "./state/endpoint-state.ts";
import { createKills } from "./state/kills.ts";
import { readinessGate } from "./state/readiness-gate.ts";

/** The loop from Docker to wanted records. */
export type Registrar = {
  /** Follows the engine until the signal aborts. Throws ProgramExit when another engine answers in its place. */
  readonly follow: () => Promise<void>;
  /** Resolves when every container of a list has been looked at: from then on `holdings` is the whole truth. */
  readonly firstLook: Promise<void>;
  readonly holdings: Holdings;
  readonly engineState: () => EngineState;
  /** The ids of containers that the engine fails to tell about. */
  readonly failing: () => readonly string[];
  /** How long the longest pass has been running, in milliseconds. */
  readonly longestPassMs: () => number;
};

export type RegistrarOptions = {
  readonly engine: Engine;
  /** The engine's id; another one behind the same socket ends the registrar. */
  readonly engineId: string;
  readonly node: { readonly name: string; readonly address: string };
  readonly readyTimeoutMs: number;
  /** How often everything is looked at again. */
  readonly relistMs: number;
  /** Hears each change of what is wanted in the registry. */
  readonly publish: (changes: Changes) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
};

const passesAtOnce = 8;

/**
 * Keeps `holdings` in step with the engine's containers. Events only mark a container; a pass inspects it and sets all
 * that stands for it. An engine that is away changes nothing.
 */
export function createRegistrar(options: RegistrarOptions): Registrar {
  const { engine, node, readyTimeoutMs, publish, log, signal } = options;
  const holdings = createHoldings();
  const joins = createJoins();
  const kills = createKills();
  const failing = new Set<string>();
  let engineState: EngineState = { kind: "unlisted", reason: "the Docker engine has not been listed yet" };
  let looked: () => void = () => undefined;
  const firstLook = new Promise<void>((resolve) => (looked = resolve));

  const pass = async (id: string) => {
    const seen = await look(engine, id);
    failing.delete(id);
    const before = holdings.get(id);
    const after = await standing(id, seen, before);
    const changes = holdings.set(id, after);
    if (changes.size > 0) publish(changes);
    if (after !== undefined) reportRejections(log, before, after);
    reportChanges(log, changes, after);
  };

  const onFailure = (id: string, error: unknown) => {
    if (engineState.kind !== "followed" || failing.has(id)) return;
    failing.add(id);
    log.warn({ container: container12(id), error: String(error) }, "Docker does not tell about a container");
  };

  const marks = createMarks({ pass, onFailure, atOnce: passesAtOnce, signal });
  const gate = readinessGate({ readyTimeoutMs, onChange: marks.mark, signal });

  const standing = async (id: string, seen: Looked, before: Holding | undefined): Promise<Holding | undefined> => {
    if (seen.kind === "odd") return holdingOfUnreadable(node.name, { id, reason: seen.reason }, before);
    if (seen.kind === "gone") {
      joins.set(id, undefined);
      gate.forget(id);
      kills.forget(id);
      return undefined;
    }
    const { networkMode, startedAtMs } = seen.container;
    joins.set(id, networkMode.kind === "container" ? networkMode.container : undefined);
    gate.forget(id, startedAtMs);
    return holdingOf(seen, { node, gate, readyTimeoutMs, kills: kills.of(id) });
  };

  const onListed = (info: EngineInfo, ids: readonly string[]) => {
    engineState = { kind: "followed", info };
    for (const id of new Set([...ids, ...holdings.ids()])) marks.mark(id);
    void marks.settled().then(() => engineState.kind === "followed" && looked());
  };

  const onEvent = (event: EngineEvent) => {
    const { containerId } = event;
    if (event.what === "killed") {
      kills.saw(event, Date.now());
      setTimeout(() => marks.mark(containerId), drainingMs + 100).unref();
    }
    for (const id of [containerId, ...joins.joinersOf(containerId)]) marks.mark(id);
  };

  const onLost = (reason: string) => {
    engineState = { kind: "lost", reason };
  };

  return {
    follow: () => followEngine({ ...options, onListed, onEvent, onLost }),
    firstLook,
    holdings,
    engineState: () => engineState,
    failing: () => [...failing],
    longestPassMs: marks.longestPassMs,
  };
}
