import { z } from "zod";
import type { DesiredIndex, EmptyListener } from "./desired/desired-index.ts";
import { operatorTextSchema, type OperatorText } from "./operator/operator-text.ts";
import type { View } from "./subscription/view.ts";
import { viewSnapshotSchema, type ViewSnapshot } from "./subscription/view-snapshot.ts";

const originSchema = z.object({ services: z.array(z.string()), settings: z.array(z.string()) });

const emptyListenerSchema = z.object({
  emptySince: z.number(),
  listener: z.object({
    port: z.int(),
    ssl: z.boolean(),
    services: z.array(z.string()),
    settings: z.object({
      addresses: z.array(z.string()),
      bind: z.array(z.string()),
      lines: z.array(z.object({ text: z.string(), from: originSchema })),
    }),
    servers: z.tuple([]),
  }),
});

/** What an agent remembers over its own end, as it stands in snapshot.json. */
const memorySchema = z.object({
  view: viewSnapshotSchema,
  empty: z.array(emptyListenerSchema),
  operator: operatorTextSchema,
});

/** What an earlier agent knew. */
export type Memory = {
  readonly view: ViewSnapshot;
  readonly empty: readonly EmptyListener[];
  /** What HAProxy last accepted of the operator's text. */
  readonly operator: OperatorText;
};

/** Reads what {@link writtenMemory} wrote, or says why it cannot be used. */
export function readMemory(written: unknown): { readonly memory: Memory } | { readonly reason: string } {
  const parsed = memorySchema.safeParse(written);
  return parsed.success ? { memory: parsed.data } : { reason: z.prettifyError(parsed.error) };
}

/** Everything to remember, as plain data. */
export function writtenMemory(view: View, index: DesiredIndex, operator: OperatorText): unknown {
  return { view: view.snapshot(), empty: index.empty(), operator };
}
