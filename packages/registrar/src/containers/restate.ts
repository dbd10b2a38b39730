import { encode, type EndpointRecord } from "@fairway/contract";
import type { ContainerState, KnownEndpoint, StateWithRecords } from "./container-state.ts";
import { whileDrained } from "./endpoint-state.ts";

/** What is known of an endpoint without a look at its container. */
type Restated = Pick<EndpointRecord, "state" | "drained"> & { readonly hasBeenReady: boolean };

/** What an endpoint is now; undefined: what it was. */
export type Restating = (endpoint: KnownEndpoint) => Restated | undefined;

/** Its container is told to stop, whatever operators drain. */
export const toStopping: Restating = () => ({ state: "draining", hasBeenReady: false });

/** An operator drains its container: it goes on as before once nobody does. */
export const toDrained: Restating = ({ state, hasBeenReady = false }) => {
  if (state === "draining") return undefined;
  return { ...whileDrained(state), hasBeenReady };
};

/** What was starting and stands at one of these keys is ready. */
export function toReady(keys: ReadonlySet<string>): Restating {
  return ({ key, state }) =>
    state === "starting" && keys.has(key) ? { state: "ready", hasBeenReady: true } : undefined;
}

/** A container whose endpoints are in other states now, and their records. `recordAt`: as they were published. */
export function restate(
  before: ContainerState,
  recordAt: (key: string) => string | undefined,
  restating: Restating,
): StateWithRecords {
  const all = before.endpoints.map((known) => ({ known, now: restating(known) }));
  const endpoints = all.map(({ known, now }) => {
    return now === undefined ? known : { key: known.key, state: now.state, hasBeenReady: now.hasBeenReady };
  });
  const reportedAt = new Date().toISOString();
  const records = all.flatMap(({ known: { key }, now }) => {
    const text = now === undefined ? undefined : recordAt(key);
    return now === undefined || text === undefined ? [] : [[key, restatedRecord(text, now, reportedAt)] as const];
  });
  return { state: { ...before, endpoints }, records: new Map(records) };
}

/** In the order of fields in which a look at the container would write it. */
function restatedRecord(text: string, { state, drained }: Restated, reportedAt: string): string {
  const before = JSON.parse(text) as EndpointRecord;
  const first = { v: before.v, state, drained };
  return encode(Object.assign(first, before, { state, drained, reportedAt }));
}
