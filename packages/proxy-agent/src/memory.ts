import { z } from "zod";
import { identitySchema, type Identity } from "./registry/addon.ts";
import type { DesiredIndex, EmptyListener } from "./desired/desired-state.ts";
import { operatorTextSchema, type OperatorText, type StoredOperatorText } from "./config/operator-text.ts";
import type { View } from "./registry/view.ts";
import { viewSnapshotSchema, type ViewSnapshot } from "./registry/view-snapshot.ts";

const emptyListenerSchema = z.object({
  emptySince: z.number(),
  listener: z.object({
    port: z.int(),
    ssl: z.boolean(),
    services: z.array(z.string()),
    settings: z.object({
      addresses: z.array(z.string()),
      bind: z.array(z.string()),
    }),
    servers: z.tuple([]),
  }),
});

/** What an agent remembers over its own end, as it stands in snapshot.json. */
const memorySchema = z.object({
  view: viewSnapshotSchema,
  empty: z.array(emptyListenerSchema),
  operator: operatorTextSchema,
  identity: identitySchema.nullish(),
});

/** What an earlier agent knew. */
export type Memory = {
  readonly view: ViewSnapshot;
  readonly empty: readonly EmptyListener[];
  /** What HAProxy last accepted of the operator's text. */
  readonly operator: OperatorText;
  /** Who and where it was by the addon's word; none when its settings said so. */
  readonly identity?: Identity | null | undefined;
};

/** Reads what {@link writtenMemory} wrote, or says why it cannot be used. */
export function readMemory(written: unknown): { readonly memory: Memory } | { readonly reason: string } {
  const parsed = memorySchema.safeParse(written);
  return parsed.success ? { memory: parsed.data } : { reason: z.prettifyError(parsed.error) };
}

/** What is remembered. */
export type Memorable = {
  readonly view: View;
  readonly index: DesiredIndex;
  readonly operator: StoredOperatorText;
  readonly identity: Identity | undefined;
};

/** Everything to remember, as plain data. */
export function writtenMemory({ view, index, operator, identity }: Memorable): unknown {
  return { view: view.snapshot(), empty: index.empty(), operator, identity: identity ?? null };
}
