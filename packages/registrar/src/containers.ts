import { evenNow, type Log } from "@fairway/program";
import type { EngineEvent } from "./docker/engine-event.ts";
import { foretell } from "./foretell.ts";
import { createHoldings, type Holding, type Holdings } from "./holdings.ts";
import { createJoins } from "./joins.ts";
import type { Looked } from "./look.ts";
import type { Changes } from "./reconcile.ts";
import { reportChanges, reportRejections } from "./report.ts";
import { holdingOf, holdingOfUnreadable } from "./stand.ts";
import { createKills } from "./state/kills.ts";
import type { ReadinessGate } from "./state/readiness-gate.ts";

/** What is known of the engine's containers, and what stands for each. */
export type Containers = {
  readonly holdings: Holdings;
  /** Takes in what Docker says of one now. One at a time for each container. */
  readonly looked: (id: string, seen: Looked) => Promise<void>;
  /** Takes in what an event says; answers whom to look at. */
  readonly told: (event: EngineEvent) => readonly string[];
};

export type ContainersOptions = {
  readonly node: { readonly name: string; readonly address: string };
  readonly readyTimeoutMs: number;
  readonly gate: ReadinessGate;
  /** Hears each change of what is wanted in the registry. */
  readonly publish: (changes: Changes) => void;
  readonly log: Log;
};

export function createContainers({ node, readyTimeoutMs, gate, publish, log }: ContainersOptions): Containers {
  const holdings = createHoldings();
  const joins = createJoins();
  const kills = createKills();
  /** Which run of a container ended, by its start: an inspection may have been answered before. */
  const endedRuns = new Map<string, number>();

  const set = (id: string, after: Holding | undefined) => {
    const before = holdings.get(id);
    const changes = holdings.set(id, after);
    // First, so that the log has what anybody can read in the registry.
    if (after !== undefined) reportRejections(log, before, after);
    if (changes.size > 0) publish(changes);
    reportChanges(log, changes, after);
  };

  const forget = (id: string) => {
    joins.set(id, undefined);
    gate.forget(id);
    kills.forget(id);
    endedRuns.delete(id);
  };

  const running = async (id: string, seen: Looked & { kind: "running" }) => {
    const { networkMode, startedAtMs } = seen.container;
    joins.set(id, networkMode.kind === "container" ? networkMode.container : undefined);
    gate.forget(id, startedAtMs);
    const holding = await holdingOf(seen, { node, gate, readyTimeoutMs, kills: () => kills.of(id) });
    set(id, endedRuns.get(id) === startedAtMs ? undefined : holding);
  };

  const note = ({ containerId: id, what, signal, atMs }: EngineEvent, nowMs: number) => {
    const run = holdings.get(id)?.run;
    if (what === "killed") kills.saw(id, { signal, engineMs: atMs, seenMs: nowMs });
    if (what === "died" && run !== undefined && atMs >= run.startedAtMs) endedRuns.set(id, run.startedAtMs);
  };

  return {
    holdings,
    looked: async (id, seen) => {
      if (seen.kind === "running") return running(id, seen);
      if (seen.kind === "odd") return set(id, holdingOfUnreadable(node.name, { id, ...seen }, holdings.get(id)));
      forget(id);
      return set(id, undefined);
    },
    told: (event) => {
      const nowMs = evenNow();
      note(event, nowMs);
      const foretold = foretell(holdings.get(event.containerId), event, nowMs);
      if (foretold !== undefined) set(event.containerId, foretold.holding);
      return [event.containerId, ...joins.joinersOf(event.containerId)];
    },
  };
}
