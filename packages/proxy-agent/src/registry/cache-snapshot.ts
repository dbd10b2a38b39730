import { z } from "zod";
import { portHolderSchema, type PortHolder } from "./port-holder.ts";
import { seenHostPortsSchema } from "./host-ports.ts";
import { seenSettingsSchema } from "./service-settings.ts";
import { missingEndpointSchema } from "./missing-endpoints.ts";
import { revisionCodec, seenEndpointSchema, seenNodeSchema } from "./seen.ts";

/**
 * A cache as it stands in snapshot.json: enough to serve before the registry answers, and to know afterwards who is
 * gone and who is an orphan.
 */
export const cacheSnapshotSchema = z.object({
  revision: revisionCodec,
  endpoints: z.array(seenEndpointSchema),
  /** Nothing: an earlier version reads no snapshot without it. */
  services: z.unknown(),
  /** Who holds each front port; absent in what an earlier version wrote. */
  holders: z.array(portHolderSchema).optional(),
  nodes: z.array(seenNodeSchema),
  absences: z.array(missingEndpointSchema),
  /** Sessions seen of each node. */
  sessions: z.array(z.tuple([z.string(), z.array(z.string())])),
  staleSessions: z.array(z.string()),
  /** Earlier versions wrote none. */
  hostPorts: z.array(seenHostPortsSchema).default([]),
  /** What operators set for services; earlier versions wrote none. */
  settings: z.array(seenSettingsSchema).default([]),
});

/** A cache as it was read back. */
export type CacheSnapshot = z.output<typeof cacheSnapshotSchema>;

/** A cache as it is written. */
export type WrittenCache = z.input<typeof cacheSnapshotSchema>;

/** Writes what has a revision by hand: encoding 10,000 endpoints by their schema takes 20 times as long. */
export function writeRevision<T extends { readonly modRevision: bigint }>(seen: T) {
  return { ...seen, modRevision: seen.modRevision.toString() };
}

/** Writes a holder by hand, for the same reason. */
export function writeAge(holder: PortHolder) {
  return { ...holder, age: holder.age.toString() };
}
