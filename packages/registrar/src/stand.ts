import { refused } from "@fairway/contract";
import { assess, type AssessmentFacts } from "./assess.ts";
import { container12 } from "./docker/container.ts";
import type { Holding } from "./holdings.ts";
import type { Looked } from "./look.ts";
import { endpointRecords, heldEndpoints, rejectionRecords } from "./records-of.ts";

/** What decides on what stands for a container, beside what Docker says of it. */
export type StandFacts = Omit<AssessmentFacts, "container" | "owner">;

/** What stands for a running container; undefined when it asks for nothing. */
export async function holdingOf(
  looked: Looked & { readonly kind: "running" },
  facts: StandFacts,
): Promise<Holding | undefined> {
  const { container } = looked;
  const { name: serviceName, endpoints, rejections } = await assess({ ...looked, ...facts });
  const records = new Map([
    ...endpointRecords(endpoints, Date.now()),
    ...rejectionRecords(facts.node.name, container, { name: serviceName, rejections }),
  ]);
  if (records.size === 0) return undefined;
  // No more than this of what Docker told: labels and networks of thousands of containers would be kept for nothing.
  const { id, name, image, startedAtMs, stopSignal } = container;
  return {
    container: { id, name, image },
    run: { startedAtMs, stopSignal },
    name: serviceName,
    endpoints: heldEndpoints(endpoints),
    rejections,
    records,
  };
}

/** What stands for a container about which Docker's answer cannot be read: what stood before, and a report. */
export function holdingOfUnreadable(
  node: string,
  { id, reason }: { readonly id: string; readonly reason: string },
  before: Holding | undefined,
): Holding {
  const known = before ?? blank(id);
  const rejections = [refused({ code: "container-unreadable", reason })];
  const report = rejectionRecords(node, known.container, { name: known.name, rejections });
  return { ...known, rejections, records: new Map([...known.records, ...report]) };
}

function blank(id: string): Holding {
  return {
    container: { id, name: "", image: "" },
    run: undefined,
    name: { project: "_", service: container12(id) },
    endpoints: [],
    rejections: [],
    records: new Map(),
  };
}
