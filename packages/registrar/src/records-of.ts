import { encode, endpointKey, hint, rejectionsKey, shown, type EndpointRecord } from "@fairway/contract";
import type { EndpointState, Rejection, RejectionsRecord, ServiceName } from "@fairway/contract";
import { type Container, container12 } from "./docker/container.ts";
import type { Endpoint } from "./endpoints/endpoints-of.ts";
import type { Records } from "./reconcile.ts";

/** An endpoint with its present state. */
export type StatedEndpoint = Endpoint & { readonly state: EndpointState };

/** A container as far as a report of what was refused names it. */
export type Reported = Pick<Container, "id" | "name" | "image">;

/** The records that a container's endpoints make. */
export function endpointRecords(endpoints: readonly StatedEndpoint[], nowMs: number): Records {
  const reportedAt = new Date(nowMs).toISOString();
  return new Map(
    endpoints.map(({ key, record, state }) => {
      const { v, ...rest } = record;
      const value: EndpointRecord = { v, state, ...rest, reportedAt };
      return [endpointKey(key), encode(value)];
    }),
  );
}

/** An endpoint as it stands in the registry: its record's text is kept once, beside this. */
export type HeldEndpoint = { readonly key: string; readonly state: EndpointState };

/** What is remembered of endpoints beside their records. */
export function heldEndpoints(endpoints: readonly StatedEndpoint[]): readonly HeldEndpoint[] {
  return endpoints.map(({ key, state }) => ({ key: endpointKey(key), state }));
}

/** The record of an endpoint, read back from the text that {@link endpointRecords} wrote. */
export function endpointRecord(records: Records, key: string): EndpointRecord | undefined {
  const text = records.get(key);
  return text === undefined ? undefined : (JSON.parse(text) as EndpointRecord);
}

/** The records of the same endpoints, all in one state now. */
export function restated(records: Records, endpoints: readonly HeldEndpoint[], nowMs: number): Records {
  const reportedAt = new Date(nowMs).toISOString();
  const now = endpoints.flatMap(({ key, state }): readonly (readonly [string, string])[] => {
    const before = endpointRecord(records, key);
    if (before === undefined) return [];
    const record: EndpointRecord = { ...before, state, reportedAt };
    return [[key, encode(record)]];
  });
  return new Map([...records, ...now]);
}

/** The record of what was refused of a container's labels; none when nothing was. */
export function rejectionRecords(
  node: string,
  { id, name, image }: Reported,
  of: { readonly name: ServiceName; readonly rejections: readonly Rejection[] },
): Records {
  if (of.rejections.length === 0) return new Map();
  const record: RejectionsRecord = {
    v: 1,
    project: shown(of.name.project),
    service: shown(of.name.service),
    container: { id, name: shown(name), image: shown(image) },
    rejections: [...of.rejections],
  };
  return new Map([[rejectionsKey(node, container12(id)), encode(record)]]);
}

const mostRejections = 50;

/** At most fifty rejections, the last of which says how many more there are: a record must fit into a request. */
export function capped(rejections: readonly Rejection[]): readonly Rejection[] {
  if (rejections.length <= mostRejections) return rejections;
  const more = rejections.length - (mostRejections - 1);
  const reason = `${more} more were found; those before this one come first`;
  return [...rejections.slice(0, mostRejections - 1), hint({ code: "more-rejections", value: String(more), reason })];
}
