import type { z } from "zod";
import type { Absence } from "./absence.ts";
import type { Records } from "./records.ts";
import type { viewSnapshotSchema } from "./view-snapshot.ts";

/** A view as it is written: what {@link viewSnapshotSchema} reads. */
export type WrittenView = Readonly<z.input<typeof viewSnapshotSchema>>;

/** The plain data of a view. */
export function writtenView(
  { revision, endpoints, services, nodes }: Records,
  absences: Iterable<Absence>,
): WrittenView {
  const known = nodes.toKnown();
  return {
    revision: revision.toString(),
    endpoints: [...endpoints.values()].map((each) => {
      return { ...withWrittenRevision(each), addresses: [...each.addresses], listen: [...each.listen] };
    }),
    services: services.toKnown().map(([id, age]) => [id, age.toString()]),
    nodes: known.nodes.map(withWrittenRevision),
    sessions: known.sessions.map(([node, sessions]) => [node, [...sessions]]),
    absences: [...absences],
    staleSessions: [...known.staleSessions],
  };
}

function withWrittenRevision<T extends { readonly modRevision: bigint }>(seen: T) {
  return { ...seen, modRevision: seen.modRevision.toString() };
}
