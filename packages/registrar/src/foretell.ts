import type { EngineEvent } from "./docker/engine-event.ts";
import type { Holding } from "./holdings.ts";
import { restated } from "./records-of.ts";
import { isDraining } from "./state/endpoint-state.ts";

/**
 * What an event already says about a container, before Docker answers an inspection: it answers none while it tears
 * the container down, for a tenth of a second and longer. Undefined: it says nothing, or the event is of another run.
 */
export type Foretold = { readonly holding: Holding | undefined } | undefined;

/** The next pass comes to the same end: a container that died stands for nothing, one that is being stopped drains. */
export function foretell(holding: Holding | undefined, event: EngineEvent, nowMs: number): Foretold {
  if (holding?.run === undefined || event.atMs < holding.run.startedAtMs) return undefined;
  if (event.what === "died") return { holding: undefined };
  const kill = { signal: event.signal, engineMs: event.atMs, seenMs: nowMs };
  if (event.what !== "killed" || !isDraining(holding.run, kill, nowMs)) return undefined;
  const endpoints = holding.endpoints.map((endpoint) => ({ ...endpoint, state: "draining" as const }));
  return { holding: { ...holding, endpoints, records: restated(holding.records, endpoints, nowMs) } };
}
