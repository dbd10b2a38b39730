import { setImmediate as turn } from "node:timers/promises";
import {
  claimKey,
  claimsOfEndpoint,
  endpointKey,
  type EndpointState,
  parseEndpointKey,
  refused,
  type Rejection,
  type ServiceName,
} from "@fairway/contract";
import { evenNow } from "@fairway/program";
import type { RemovedContainer } from "@fairway/registry";
import { type Container, container12, type RunningContainer } from "../docker/container.ts";
import { type Endpoint, type NamedNode, endpointsOf } from "../endpoints/endpoints-of.ts";
import { portHints, refusedRecords, runHints, serviceLabelHints } from "./container-hints.ts";
import { endpointState, isCutOff, type StateQuestion, whileDrained } from "./endpoint-state.ts";
import { acceptedFirst, gateTargets, isOnHost } from "./gate-targets.ts";
import type { GateAnswer, ReadinessGate } from "./readiness-gate.ts";
import {
  capRejections,
  endpointRecords,
  fitRecords,
  type NamedContainer,
  type RecordTexts,
  rejectionRecords,
  type StatedEndpoint,
} from "./records.ts";
import type { Run, SentSignal } from "./sent-signals.ts";

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

/** Those of a running container, and the endpoints that its records are made of. */
export type RunningState = StateWithRecords & { readonly endpoints: readonly StatedEndpoint[] };

/** What decides on a container's state, beside what Docker says of it. */
export type StateFacts = {
  readonly node: NamedNode;
  readonly gate: ReadinessGate;
  readonly readyTimeoutMs: number;
  /** The signals that were seen sent to the container by the time of asking. */
  readonly signals: () => readonly SentSignal[];
  /** Whether an operator drains it, at the time of asking. */
  readonly isDrained: () => boolean;
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
export async function stateOfRunning(running: RunningContainer, facts: StateFacts): Promise<RunningState | undefined> {
  const {
    name: serviceName,
    endpoints: stated,
    initialDelayMs,
    rejections: found,
  } = await stateEndpoints(running, facts);
  const { id, name, image, startedAtMs, stopSignal, stopTimeoutMs } = running.container;
  const { records: fitting, rejections: tooLarge } = fitRecords(endpointRecords(stated, Date.now()));
  const endpoints = stated.filter(({ key }) => fitting.has(endpointKey(key)));
  const rejections = capRejections([
    ...facts.hints,
    ...found,
    ...tooLarge,
    ...refusedRecords([...fitting.keys()], facts.refusalOf),
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
  return { state, records, endpoints };
}

/** A running container's endpoints with their states, and everything to be reported of it. */
async function stateEndpoints(running: RunningContainer, facts: StateFacts) {
  const { container, networkOwner } = running;
  const { node, readyTimeoutMs, signals, isDrained } = facts;
  const { name, endpoints, initialDelayMs, rejections } = endpointsOf({ container, networkOwner, node });
  const tried = await tryPorts(running, endpoints, facts);
  const now = {
    container,
    initialDelayMs,
    isCutOff: isCutOff(running),
    signals: signals(),
    nowMs: evenNow(),
  };
  const { health } = container;
  const others = { readyPorts: readyPortsOf(facts.before, container), isDrained: isDrained() };
  return {
    name,
    initialDelayMs,
    endpoints: tried.map((each) => stateEndpoint(each, now, others)),
    rejections: [
      ...rejections,
      ...serviceLabelHints(running),
      ...(endpoints.length === 0 ? [] : runHints(running, now)),
      ...tried.flatMap(({ endpoint, gate }) => portHints(endpoint.key.port, gate.view, { health, readyTimeoutMs })),
    ],
  };
}

/** An endpoint, and what the readiness gate knows of its port. */
type TriedEndpoint = { readonly endpoint: Endpoint; readonly gate: GateAnswer };

/** How many ports of a container are tried in one turn of the event loop: others are not kept waiting. */
const triesATurn = 16;

async function tryPorts(
  running: RunningContainer,
  endpoints: readonly Endpoint[],
  facts: StateFacts,
): Promise<readonly TriedEndpoint[]> {
  const tried: Promise<TriedEndpoint>[] = [];
  for (const endpoint of endpoints) {
    tried.push(tryPort(running, endpoint, facts));
    if (tried.length % triesATurn === 0) await turn();
  }
  return Promise.all(tried);
}

/** Asks the readiness gate for an endpoint's port, unless nothing needs to be tried. */
async function tryPort(
  { container, networkOwner = container }: RunningContainer,
  endpoint: Endpoint,
  { node: { localAddress }, gate }: Pick<StateFacts, "node" | "gate">,
): Promise<TriedEndpoint> {
  const { key, record } = endpoint;
  const targets = gateTargets({ container, networkOwner, addresses: record.addresses, localAddress });
  if (targets.length === 0) return { endpoint, gate: { view: "not-tried", accepted: [] } };
  const { id: containerId, startedAtMs } = container;
  const question = { containerId, startedAtMs, port: key.port, targets, isOnHost: isOnHost(networkOwner) };
  return { endpoint, gate: await gate.ask(question) };
}

function stateEndpoint(
  { endpoint: { key, record }, gate: { view, accepted } }: TriedEndpoint,
  now: Omit<StateQuestion, "gate">,
  { readyPorts, isDrained }: { readonly readyPorts: ReadonlySet<number>; readonly isDrained: boolean },
): StatedEndpoint {
  const { container } = now;
  const wasReady = readyPorts.has(key.port);
  const own = endpointState({ ...now, gate: view, hasBeenReady: wasReady });
  const { state, ...drained } = isDrained ? whileDrained(own) : { state: own };
  // What is not served yet is written once, not again for the order of its addresses.
  const first = state === "starting" ? [] : accepted;
  return {
    key,
    record: { ...drained, ...record, addresses: acceptedFirst(record.addresses, first) },
    state,
    // Of its own: it goes on as before once no operator drains it.
    hasBeenReady: own === "ready" || (wasReady && own !== "draining" && container.health !== "unhealthy"),
  };
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

/** The ports that have been ready in this run of a container. */
function readyPortsOf(before: ContainerState | undefined, { startedAtMs }: Container): ReadonlySet<number> {
  if (before?.run?.startedAtMs !== startedAtMs) return new Set();
  const ready = before.endpoints.filter((each) => each.hasBeenReady === true);
  // By port: the key is another once the container is renamed.
  return new Set(ready.flatMap(({ key }) => parseEndpointKey(key)?.port ?? []));
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
export function askedBy({ state, endpoints }: RunningState): RemovedContainer {
  return {
    name: state.name,
    claims: endpoints.flatMap(({ key, record }) => claimsOfEndpoint(key, record).map(claimKey)),
  };
}
