import type { Rejection, ServiceName } from "@fairway/contract";
import type { Container } from "../docker/container.ts";
import { endpointsOf, type NamedNode } from "../endpoints/endpoints-of.ts";
import { capRejections, endpointRecords, fitRecords, type RecordTexts } from "./records.ts";

/** What a registrar would write for a container once that is ready. */
export type PlannedRecords = {
  readonly name: ServiceName;
  /** Of its endpoints, in the order of their ports. */
  readonly records: RecordTexts;
  readonly rejections: readonly Rejection[];
};

/** What of a container's labels a registrar would put into the registry and refuse, by what decides it when that runs. */
export function plannedRecords(
  container: Container,
  networkOwner: Container | undefined,
  { node, nowMs }: { readonly node: NamedNode; readonly nowMs: number },
): PlannedRecords {
  const { name, endpoints, rejections } = endpointsOf({ container, networkOwner, node });
  const stated = endpoints.map((each) => ({ ...each, state: "ready" as const, hasBeenReady: true }));
  const { records, rejections: tooLarge } = fitRecords(endpointRecords(stated, nowMs));
  return { name, records, rejections: capRejections([...rejections, ...tooLarge]) };
}
