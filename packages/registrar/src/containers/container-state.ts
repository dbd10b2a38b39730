import {
  endpointKey,
  type EndpointState,
  hint,
  parseEndpointKey,
  refused,
  type Rejection,
  type ServiceName,
  shown,
} from "@fairway/contract";
import { evenNow } from "@fairway/program";
import { readAsked, type RemovedContainer } from "@fairway/registry";
import { type Container, container12, type RunningContainer } from "../docker/container.ts";
import { type Endpoint, type NamedNode, endpointsOf } from "../endpoints/endpoints-of.ts";
import { endpointState, isCutOff, type StateQuestion } from "./endpoint-state.ts";
import { acceptedFirst, gateTargets, isOnHost } from "./gate-targets.ts";
import type { GateQuestion, ReadinessGate } from "./readiness-gate.ts";
import {
  capRejections,
  endpointRecords,
  fitRecords,
  type NamedContainer,
  type RecordTexts,
  rejectionRecords,
  type StatedEndpoint,
} from "./records.ts";
import { isDraining, isToldToStop, type Run, type SentSignal } from "./sent-signals.ts";

/** What is kept of a container that has records; their values are the publisher's. */
export type ContainerState = {
  readonly container: NamedContainer;
  /** Undefined when Docker's answer could never be read. */
  readonly run: Run | undefined;
  readonly name: ServiceName;
  readonly endpoints: readonly KnownEndpoint[];
  readonly rejections: readonly Rejection[];
  /** Until when it takes no traffic for its label's sake, by the engine's clock; undefined: it may since its start. */
  readonly delayedUntilMs?: number;
  /** The keys of all its records. */
  readonly keys: readonly string[];
};

/** An endpoint's key and state. */
export type KnownEndpoint = {
  readonly key: string;
  readonly state: EndpointState;
  /** It was ready in this run, and neither unhealthy nor told to stop since. */
  readonly hasBeenReady?: boolean;
};

/** A container's state, and the records that are new with it. */
export type StateWithRecords = { readonly state: ContainerState; readonly records: RecordTexts };

/** What decides on a container's state, beside what Docker says of it. */
export type StateFacts = {
  readonly node: NamedNode;
  readonly gate: ReadinessGate;
  readonly readyTimeoutMs: number;
  /** The signals that were seen sent to the container by the time of asking. */
  readonly signals: () => readonly SentSignal[];
  /** Why the registry does not take the record at a key; undefined: it was not refused. */
  readonly refusalOf: (key: string) => string | undefined;
  /** The container's state before, of whatever run. */
  readonly before: ContainerState | undefined;
  /** What else is to be reported of the container. */
  readonly hints: readonly Rejection[];
};

/**
 * The state of a running container and all of its records; undefined when it asks for nothing. Waits for the first try
 * of a port that the gate has not seen yet.
 */
export async function stateOfRunning(
  running: RunningContainer,
  facts: StateFacts,
): Promise<StateWithRecords | undefined> {
  const {
    name: serviceName,
    endpoints: stated,
    initialDelayMs,
    rejections: found,
  } = await statedEndpoints(running, facts);
  const { id, name, image, startedAtMs, stopSignal, stopTimeoutMs } = running.container;
  const { records: fitting, rejections: tooLarge } = fitRecords(endpointRecords(stated, Date.now()));
  const endpoints = stated.filter(({ key }) => fitting.has(endpointKey(key)));
  const rejections = capRejections([
    ...facts.hints,
    ...found,
    ...tooLarge,
    ...refusedRecords([...fitting.keys()], facts),
  ]);
  const records = new Map([
    ...fitting,
    ...rejectionRecords(facts.node.name, running.container, { name: serviceName, rejections }),
  ]);
  if (records.size === 0) return undefined;
  // No more than this of what Docker told: labels and networks of thousands of containers would be kept for nothing.
  const state: ContainerState = {
    container: { id, name, image },
    run: { startedAtMs, stopSignal, stopTimeoutMs },
    name: serviceName,
    endpoints: endpoints.map(({ key, state: now, hasBeenReady }) => ({
      key: endpointKey(key),
      state: now,
      hasBeenReady,
    })),
    rejections,
    ...(initialDelayMs > 0 && { delayedUntilMs: startedAtMs + initialDelayMs }),
    keys: [...records.keys()],
  };
  return { state, records };
}

/** A running container's endpoints with their states, and everything to be reported of it. */
async function statedEndpoints(running: RunningContainer, facts: StateFacts) {
  const { node, gate, readyTimeoutMs, signals } = facts;
  const { container, networkOwner } = running;
  const { name, endpoints, initialDelayMs, rejections } = endpointsOf({ container, networkOwner, node });
  const asked = endpoints.map((endpoint) => gateQuestion(running, endpoint, node));
  const views = await Promise.all(asked.map((question) => gate.view(question)));
  const now = { container, initialDelayMs, isCutOff: isCutOff(running), signals: signals(), nowMs: evenNow() };
  const late = container.health === "none" ? endpoints.filter((_, at) => views[at] === "late") : [];
  return {
    name,
    initialDelayMs,
    endpoints: endpoints.map(({ key, record }, at): StatedEndpoint => {
      const wasReady = hasBeenReady(facts.before, container, key.port);
      const state = endpointState({ ...now, gate: views[at] ?? "not-tried", hasBeenReady: wasReady });
      // What is not served yet is written once, not again for the order of its addresses.
      const accepted = state === "starting" || !asked[at] ? [] : gate.accepted(asked[at]);
      return {
        key,
        record: { ...record, addresses: acceptedFirst(record.addresses, accepted) },
        state,
        hasBeenReady: state === "ready" || (wasReady && state !== "draining" && container.health !== "unhealthy"),
      };
    }),
    rejections: [
      ...rejections,
      ...(endpoints.length === 0 ? [] : runHints(running, now)),
      ...late.map(({ key }) => lateHint(key.port, readyTimeoutMs)),
      ...endpoints.filter((_, at) => views[at] === "held").map(({ key }) => refuseHeld(key.port)),
    ],
  };
}

/** What is to be told of a container's run. */
function runHints(running: RunningContainer, { signals, nowMs }: Pick<StateQuestion, "signals" | "nowMs">) {
  const { container, networkOwner } = running;
  const told = signals.filter((sent) => isToldToStop(container, sent));
  const hasStayed = told.length > 0 && !told.some((sent) => isDraining(container, sent, nowMs));
  const stayed =
    "it was told to stop and goes on running: it takes connections again; one that needs longer to end is to be run with --stop-timeout (stop_grace_period)";
  const left = `it is not reached: ${shown(networkOwner?.name ?? "")}, whose network it uses, was started again since; start this one again too`;
  return [
    ...(hasStayed ? [hint({ code: "outlived-its-stop", reason: stayed })] : []),
    ...(isCutOff(running)
      ? [hint({ code: "joined-container-restarted", value: networkOwner?.name ?? "", reason: left })]
      : []),
  ];
}

/** The state of a container about which Docker's answer cannot be read: what it was before, and a report. */
export function stateOfUnreadable(
  node: string,
  { id, reason }: { readonly id: string; readonly reason: string },
  before: ContainerState | undefined,
): StateWithRecords {
  const known = before ?? blankState(id);
  const rejections = [refused({ code: "container-unreadable", reason })];
  const records = rejectionRecords(node, known.container, { name: known.name, rejections });
  return { state: { ...known, rejections, keys: [...new Set([...known.keys, ...records.keys()])] }, records };
}

function hasBeenReady(before: ContainerState | undefined, { startedAtMs }: Container, port: number): boolean {
  if (before?.run?.startedAtMs !== startedAtMs) return false;
  // By port: the key is another once the container is renamed.
  return before.endpoints.some((each) => each.hasBeenReady === true && parseEndpointKey(each.key)?.port === port);
}

function gateQuestion(
  { container, networkOwner = container }: RunningContainer,
  { key, record: { addresses } }: Endpoint,
  { localAddress }: Pick<NamedNode, "localAddress">,
): GateQuestion {
  return {
    containerId: container.id,
    startedAtMs: container.startedAtMs,
    port: key.port,
    targets: gateTargets({ container, networkOwner, addresses, localAddress }),
    isOnHost: isOnHost(networkOwner),
  };
}

function refusedRecords(keys: readonly string[], { refusalOf }: StateFacts): readonly Rejection[] {
  return keys.flatMap((key) => {
    const why = refusalOf(key);
    if (why === undefined) return [];
    const port = String(parseEndpointKey(key)?.port ?? "");
    const reason = `port ${port} is not served: etcd does not take its record: ${shown(why)}`;
    return [refused({ code: "record-refused", value: port, reason })];
  });
}

function lateHint(port: number, readyTimeoutMs: number): Rejection {
  const reason = `${port} accepted no connection within ${readyTimeoutMs / 1000} s of the start: served all the same`;
  return hint({ code: "port-not-accepting", value: String(port), reason });
}

function refuseHeld(port: number): Rejection {
  const reason = `${port} of this machine has been another program's since before the container started, and is not served as the container's: stop that program (a proxy gives up a port once nobody asks for it), or give the container another port`;
  return refused({ code: "port-held", value: String(port), reason });
}

function blankState(id: Container["id"]): ContainerState {
  return {
    container: { id, name: "", image: "" },
    run: undefined,
    name: { project: "_", service: container12(id) },
    endpoints: [],
    rejections: [],
    keys: [],
  };
}

/** What a container asks for. Its labels never change: it asks for the same as long as the engine has it. */
export function askedBy({ state, records }: StateWithRecords): RemovedContainer {
  return { name: state.name, claims: [...records].flatMap(([key, value]) => readAsked({ key, value })?.claims ?? []) };
}
