import { constants } from "node:os";
import {
  decode,
  endpointRecordSchema,
  type EndpointRecord,
  parseEndpointKey,
  rejectionsRecordSchema,
  type ServiceName,
} from "@fairway/contract";
import { container12 } from "../docker/container.ts";
import { usualStopTimeoutMs } from "../docker/stop-signal.ts";
import type { ContainerState } from "./container-state.ts";
import type { RecordTexts } from "./records.ts";

/** What the registry holds of one container, as the registrar before left it. */
export type Former = {
  /** Its endpoints' and its report's; values as they stand. */
  readonly records: RecordTexts;
  readonly hostPorts: RecordTexts;
};

/** The records that a former lease holds, by the first twelve digits of the containers' ids. */
export function formerByContainer(records: RecordTexts): ReadonlyMap<string, Former> {
  const grouped = new Map<string, { records: Map<string, string>; hostPorts: Map<string, string> }>();
  for (const [key, value] of records) {
    const id = key.slice(key.lastIndexOf("/") + 1);
    const former = grouped.get(id) ?? { records: new Map(), hostPorts: new Map() };
    (key.startsWith("hostports/") ? former.hostPorts : former.records).set(key, value);
    grouped.set(id, former);
  }
  return grouped;
}

/** The state of a container as its records tell it; what cannot be read of them is kept as it is. */
export function stateOfFormer(id: string, records: RecordTexts): ContainerState {
  const endpoints = [...records].flatMap(([key, value]) => {
    const name = parseEndpointKey(key);
    const decoded = name === undefined ? undefined : decode(endpointRecordSchema, value);
    return name !== undefined && decoded?.ok === true ? [{ key, name, record: decoded.record }] : [];
  });
  const reports = [...records.values()].flatMap((value) => {
    const decoded = decode(rejectionsRecordSchema, value);
    return decoded.ok ? [decoded.record] : [];
  });
  const [first] = endpoints;
  const [report] = reports;
  const name: ServiceName = first?.name ?? report ?? { project: "_", service: container12(id) };
  return {
    container: { id, name: "", image: "", ...(first?.record ?? report)?.container },
    run: first && {
      startedAtMs: startedAtMs(first.record),
      stopSignal: constants.signals.SIGTERM,
      stopTimeoutMs: usualStopTimeoutMs,
    },
    name: { project: name.project, service: name.service },
    endpoints: endpoints.map(({ key, record }) => {
      const state = ownState(record);
      return { key, state, hasBeenReady: state === "ready" };
    }),
    rejections: report?.rejections ?? [],
    keys: [...records.keys()],
  };
}

/** 0 where an older registrar did not say it. */
function startedAtMs({ container: { startedAt = "" } }: EndpointRecord): number {
  return Date.parse(startedAt) || 0;
}

/** What an operator drained was ready, and nobody had told it to stop: he may drain it no longer. */
function ownState({ state, drained }: EndpointRecord): EndpointRecord["state"] {
  return drained === true && state === "draining" ? "ready" : state;
}
