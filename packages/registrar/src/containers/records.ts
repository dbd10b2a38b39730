import {
  encode,
  endpointKey,
  hint,
  longestRecord,
  longestRecords,
  mostRejections,
  refused,
  rejectionsKey,
  shown,
  type EndpointRecord,
} from "@fairway/contract";
import type { EndpointState, Rejection, RejectionsRecord, ServiceName } from "@fairway/contract";
import { type Container, container12 } from "../docker/container.ts";
import type { Endpoint } from "../endpoints/endpoints-of.ts";

/** Values of records by key. */
export type RecordTexts = ReadonlyMap<string, string>;

export const noRecords: RecordTexts = new Map();

/** An endpoint with its present state. */
export type StatedEndpoint = Endpoint & {
  readonly state: EndpointState;
  /** It was ready in this run, and neither unhealthy nor told to stop since. */
  readonly hasBeenReady: boolean;
};

/** A container as far as a report of what was refused names it. */
export type NamedContainer = Pick<Container, "id" | "name" | "image">;

/** The records that a container's endpoints make. */
export function endpointRecords(endpoints: readonly StatedEndpoint[], nowMs: number): RecordTexts {
  const reportedAt = new Date(nowMs).toISOString();
  return new Map(
    endpoints.map(({ key, record, state }) => {
      const { v, ...lasting } = record;
      const value: EndpointRecord = { v, state, ...lasting, reportedAt };
      return [endpointKey(key), encode(value)];
    }),
  );
}

/** What of a container's records is written, and what is refused of them. */
export type FittingRecords = { readonly records: RecordTexts; readonly rejections: readonly Rejection[] };

/** Keeps a container's records within its budget of bytes: those that come first are written, the others refused. */
export function fitRecords(records: RecordTexts): FittingRecords {
  const fitting = new Map<string, string>();
  let bytes = 0;
  for (const [key, value] of records) {
    const isFitting = value.length <= longestRecord && bytes + value.length <= longestRecords;
    if (!isFitting) continue;
    fitting.set(key, value);
    bytes += value.length;
  }
  const left = records.size - fitting.size;
  const reason = `${left} of its ports are not served: a record has at most ${longestRecord} bytes, all of a container ${longestRecords}; give it fewer networks and ports`;
  const tooLarge = refused({ code: "records-too-large", value: String(left), reason });
  return { records: fitting, rejections: left === 0 ? [] : [tooLarge] };
}

/** The record of what was refused of a container's labels; none when nothing was. */
export function rejectionRecords(
  node: string,
  { id, name, image }: NamedContainer,
  of: { readonly name: ServiceName; readonly rejections: readonly Rejection[] },
): RecordTexts {
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

/** At most fifty rejections, the last of which says how many more there are: a record must fit into a request. */
export function capRejections(rejections: readonly Rejection[]): readonly Rejection[] {
  if (rejections.length <= mostRejections) return rejections;
  const more = rejections.length - (mostRejections - 1);
  const reason = `${more} more were found; those before this one come first`;
  return [...rejections.slice(0, mostRejections - 1), hint({ code: "more-rejections", value: String(more), reason })];
}
