import { z } from "zod";
import { emptyListenerSchema } from "./desired/empty-listener.ts";
import { operatorTextSchema } from "./config/operator-text.ts";
import { identitySchema } from "./registry/addon.ts";
import { takenPortSchema } from "./binding/taken-ports.ts";
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
export type WrittenSnapshot = z.input<typeof agentSnapshotSchema>;

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
