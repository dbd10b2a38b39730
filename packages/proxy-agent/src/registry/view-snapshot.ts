import { z } from "zod";
import { addressSchema, endpointStates } from "@fairway/contract";

const revision = z
  .string()
  .regex(/^[0-9]+$/)
  .transform(BigInt);

const endpointKeySchema = z.object({
  project: z.string(),
  service: z.string(),
  port: z.int(),
  node: z.string(),
  container12: z.string(),
});

const endpointSchema = z.object({
  key: z.string(),
  at: endpointKeySchema,
  service: z.string(),
  state: z.enum(endpointStates),
  addresses: z.array(addressSchema),
  listen: z.array(z.object({ port: z.int(), ssl: z.boolean() })),
  settings: z.record(z.string(), z.string()),
  container: z.string(),
  modRevision: revision,
});

const machineSchema = z.object({ engineId: z.string(), bootId: z.string() });

const absenceSchema = z.object({
  key: z.string(),
  state: z.enum(["missing", "orphaned"]),
  since: z.number(),
  heldUntil: z.number(),
  machine: machineSchema.nullable(),
});

const nodeSchema = z.object({
  node: z.string(),
  engineId: z.string(),
  bootId: z.string(),
  session: z.string(),
  synced: z.boolean(),
  modRevision: revision,
});

/**
 * A view as it stands in snapshot.json: enough to serve before the registry answers, and to know afterwards who is
 * gone and who is an orphan. Revisions are strings there.
 */
export const viewSnapshotSchema = z.object({
  revision,
  endpoints: z.array(endpointSchema),
  services: z.array(z.tuple([z.string(), revision])),
  nodes: z.array(nodeSchema),
  absences: z.array(absenceSchema),
  sessions: z.array(z.tuple([z.string(), z.array(z.string())])),
  staleSessions: z.array(z.string()),
});

/** A view as it was read back. */
export type ViewSnapshot = z.output<typeof viewSnapshotSchema>;
