import { z } from "zod";
import { emptyListenerSchema } from "./desired/empty-listener.ts";
import { operatorTextOf, operatorTextSchema } from "./config/operator-text.ts";
import type { AgentConfig } from "./config/agent-config.ts";
import type { ListenerFacts } from "./desired/desired.ts";
import type { DesiredState } from "./desired/desired-state.ts";
import type { StateFiles } from "./files/state-files.ts";
import type { Reconciler } from "./reconcile/reconciler.ts";
import type { RegistryCache } from "./registry/cache.ts";
import type { RegistryConnection } from "./registry/connection.ts";
import type { NodeName } from "./registry/node-name.ts";
import { identitySchema } from "./registry/addon.ts";
import { takenPortSchema, type TakenPorts } from "./binding/taken-ports.ts";
import { cacheSnapshotSchema } from "./registry/cache-snapshot.ts";
import { type Moment, momentNow, momentSchema, withTimesOfNow } from "./snapshot-times.ts";

/** What an agent knows beyond its own end, as it stands in snapshot.json. */
const agentSnapshotSchema = z.object({
  view: cacheSnapshotSchema,
  empty: z.array(emptyListenerSchema),
  /** Addresses that other programs were seen to hold. */
  taken: z.array(takenPortSchema).default([]),
  /** What HAProxy last accepted of the operator's text. */
  operator: operatorTextSchema,
  /** Who and where it was as the addon said; none when its settings said so. */
  identity: identitySchema.nullish(),
  /** The name under which it found its node. */
  node: z.string().optional(),
  /** The load balancer that it was, or `*`; earlier versions say not. */
  balancer: z.string().optional(),
  /** When it was written; earlier versions say not. */
  moment: momentSchema.optional(),
});

/** What an earlier agent knew. */
export type AgentSnapshot = z.output<typeof agentSnapshotSchema>;

/** What is written for the next agent: plain data. */
type WrittenSnapshot = z.input<typeof agentSnapshotSchema>;

/**
 * Reads a snapshot, its times by the clock of now, or says why it cannot be used: one of another load balancer has the
 * claims of that one.
 */
export function readAgentSnapshot(
  written: unknown,
  balancer: string,
  now: Moment = momentNow(),
): { readonly snapshot: AgentSnapshot } | { readonly reason: string } {
  const parsed = agentSnapshotSchema.safeParse(written);
  if (!parsed.success) return { reason: z.prettifyError(parsed.error) };
  const { balancer: former = balancer } = parsed.data;
  if (former !== balancer) return { reason: `LB_NAME has changed: it is of "${former}", this proxy is "${balancer}"` };
  return { snapshot: withTimesOfNow(parsed.data, parsed.data.moment, now) };
}

/** What {@link keepSnapshot} writes, and what tells it when. */
export type SnapshotSources = {
  readonly files: StateFiles;
  readonly cache: RegistryCache;
  readonly desired: DesiredState;
  readonly taken: TakenPorts;
  readonly reconciler: Reconciler;
  readonly connection: RegistryConnection<AgentConfig>;
  readonly nodeName: Pick<NodeName, "found">;
  readonly facts: ListenerFacts;
};

/**
 * Has the snapshot for the next agent written after each change; never before the first application: what an earlier
 * agent wrote is worth more than nothing.
 */
export function keepSnapshot(sources: SnapshotSources): void {
  const { files, cache, desired, taken, reconciler, connection, nodeName, facts } = sources;
  const write = () => {
    const { applied } = reconciler.progress;
    if (applied === undefined) return;
    files.setMemory((): WrittenSnapshot => {
      const operator = operatorTextOf(facts, applied.desired.sections);
      const identity = connection.identity ?? null;
      return {
        view: cache.snapshot(),
        empty: desired.empty(),
        taken: taken.list(),
        operator,
        identity,
        node: nodeName.found,
        balancer: facts.ownership.balancer,
        moment: momentNow(),
      };
    });
  };
  cache.on("change", write);
  reconciler.on("applied", write);
  reconciler.on("change", write);
}
