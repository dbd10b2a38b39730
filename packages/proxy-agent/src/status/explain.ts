import { alignColumns, parsePort, settingsPrefix, shown, type EndpointState, type Rejection } from "@fairway/contract";
import type { SeenEndpoint } from "../registry/seen.ts";
import { proxyAnswers, refusalKeys, type Served, tellsNotAll } from "./at-proxy.ts";
import { containersIn, type Known, type KnownContainer } from "./known-containers.ts";
import { checkHints, limitHints, proxyHints } from "./source-hints.ts";

/** Lines for people; `isKnown` is false when no registrar tells of such a container. */
export type Explanation = {
  readonly isKnown: boolean;
  readonly lines: readonly string[];
  /** By the proxies in whose scope it is; undefined: nothing was asked for, or nobody knows it. */
  readonly routed?: Routed | undefined;
};

/** Where something is served, of all places that it is meant for. */
export type Routed = "everywhere" | "partly" | "nowhere";

/** How a front port, or a name on one, is asked for: `6379`, `443,db.example.com`, `6379@proxy_test`. */
const frontPort = /^([1-9][0-9]{0,4})(?:,([^@]+))?(?:@(.+))?$/;

/**
 * Says why a container is routed or not: what its labels ask for that is refused, and for each endpoint what each proxy
 * does with it. `asked`: its name, the beginning of its id, its service, `project/service`, or a front port; undefined:
 * every container of which a registrar or a proxy refuses something.
 */
export function explain(asked: string | undefined, known: Known): Explanation {
  const found = asked === undefined ? containersIn(known).filter(refusedIn(known)) : containersMeant(asked, known);
  const told = found
    .toSorted((a, b) => (a.title < b.title ? -1 : 1))
    .map((container) => explainContainer(container, known));
  const lines = told.flatMap((each) => [...each.lines, ""]).slice(0, -1);
  if (asked === undefined) return { isKnown: true, lines: lines.length > 0 ? lines : [nothingRefused(known)] };
  if (lines.length === 0) return unknown(asked, known);
  return { isKnown: true, lines, routed: routedOf(told.flatMap(({ served }) => served)) };
}

/** Of what proxies do with each endpoint, whether it is served by those that are to. */
export function routedOf(all: readonly Served[]): Routed {
  const counted = all.filter((served) => served !== "unasked");
  if (counted.length > 0 && counted.every((served) => served === "yes")) return "everywhere";
  return counted.some((served) => served === "yes" || served === "unsure") ? "partly" : "nowhere";
}

/** By name, by service, by the beginning of an id; else those that ask for a front port, with what asks for it alone. */
export function containersMeant(asked: string, known: Known): readonly KnownContainer[] {
  const all = containersIn(known);
  const named = all.filter(({ names }) => names.includes(asked));
  const [, digits, name, balancer] = frontPort.exec(asked) ?? [];
  const onPort =
    digits === undefined || named.length > 0 ? [] : containersAt(all, known, { port: Number(digits), name, balancer });
  if (onPort.length > 0) return onPort;
  const id = asked.slice(0, 12);
  return named.length > 0 || id.length < 4 ? named : all.filter(({ container12 }) => container12.startsWith(id));
}

type AskedFront = { readonly port: number; readonly name: string | undefined; readonly balancer: string | undefined };

function containersAt(
  all: readonly KnownContainer[],
  known: Known,
  { port, name, balancer }: AskedFront,
): readonly KnownContainer[] {
  const listens = (endpoint: SeenEndpoint | undefined) => endpoint !== undefined && isAt(endpoint, port, name);
  const seen = ({ key }: SeenEndpoint) => (balancer === undefined ? [] : [known.balanced.get(balancer)?.get(key)]);
  const asks = (endpoint: SeenEndpoint) => (balancer === undefined ? listens(endpoint) : seen(endpoint).some(listens));
  return all.flatMap((container) => {
    const endpoints = container.endpoints.filter(asks);
    return endpoints.length === 0 ? [] : [{ ...container, endpoints, isWhole: false }];
  });
}

function isAt({ listen, named = [] }: SeenEndpoint, port: number, name: string | undefined): boolean {
  const isName = named.some((each) => each.port === port && (name === undefined || each.name === name));
  return isName || (name === undefined && listen.some((each) => each.port === port));
}

/** A proxy's record tells of the first of its refusals only. */
function refusedIn({ proxies }: Known): (container: KnownContainer) => boolean {
  const refused = new Set(proxies.flatMap(({ record }) => record.rejections.first.map(({ key }) => key)));
  return ({ refusals, endpoints }) =>
    refusals !== undefined || endpoints.some((endpoint) => refusalKeys(endpoint).some((key) => refused.has(key)));
}

function nothingRefused({ proxies }: Known): string {
  const more = proxies.find(({ record }) => tellsNotAll(record));
  return more
    ? `nothing here, but ${shown(more.name)} refuses more than its record tells: see its /status`
    : "nothing is refused";
}

/** What is said of a container or an endpoint, in lines that are safe to show, and how it is served. */
export type ToldContainer = { readonly lines: readonly string[]; readonly served: readonly Served[] };

/** What `why` says of one container. */
export function explainContainer(container: KnownContainer, known: Known): ToldContainer {
  const { title, refusals, endpoints, isWhole } = container;
  const all = refusals?.record.rejections ?? [];
  const refused = all.map((rejection) => {
    return `  ${rejection.severity.padEnd(7)}  ${rejectionSentence(rejection)}`;
  });
  const silent = silentPortsOf(container);
  const told = endpoints.map((endpoint) => aboutEndpoint(endpoint, known, silent.has(String(endpoint.at.port))));
  const routed =
    endpoints.length === 0 ? ["  no port of it is offered to proxies"] : told.flatMap(({ lines }) => lines);
  // Of a port that is asked for alone, others' refusals say nothing.
  const isRefused = isWhole && all.some(({ severity }) => severity === "refused");
  const served = [...(isRefused ? (["no"] as const) : []), ...told.flatMap((each) => each.served)];
  return { lines: [title, ...refused, ...routed], served };
}

function aboutEndpoint(endpoint: SeenEndpoint, known: Known, isSilent: boolean): ToldContainer {
  const answers = proxyAnswers(endpoint, known, isSilent);
  const columns = alignColumns(answers.map(({ name, text }) => [shown(name), text]));
  const lines = [
    endpointLine(endpoint, known),
    ...settingsLines(endpoint, known),
    ...(known.mysql.has(endpoint.key) ? [mysqlHint] : []),
    ...columns.map((line) => `    ${line}`),
    ...(answers.length === 0 ? [`    ${nobodyFor(known)}`] : []),
  ];
  return { lines, served: answers.length === 0 ? ["no"] : answers.map(({ served }) => served) };
}

/** Why no proxy is asked for an endpoint. */
export function nobodyFor({ proxies }: Known): string {
  return proxies.length === 0
    ? "no proxy is in the registry"
    : "no proxy is a load balancer of that name: start one with LB_NAME";
}

/** What is refused and why, safe to show. */
export function rejectionSentence(rejection: Rejection): string {
  return labelIn(rejection) + shown(rejection.reason);
}

/** The label that a rejection is about, with its value, or the length of one that may hold a secret. */
function labelIn({ label, value = "", valueLength }: Rejection): string {
  if (label === "") return "";
  const length = valueLength === undefined ? "" : ` (${valueLength} characters)`;
  return `${shown(label)}${value === "" ? length : ` "${shown(value)}"`}: `;
}

/** The ports of which its registrar says that they accept no connections, though they are served. */
export function silentPortsOf({ refusals }: Pick<KnownContainer, "refusals">): ReadonlySet<string> {
  const silent = (refusals?.record.rejections ?? []).filter(({ code }) => code === "port-not-accepting");
  return new Set(silent.flatMap(({ value }) => value ?? []));
}

function endpointLine(endpoint: SeenEndpoint, { balanced }: Known): string {
  const { key, at, state } = endpoint;
  const claimed = [...balanced].flatMap(([name, endpoints]) => {
    const ports = endpoints.get(key)?.listen.map(({ port }) => port) ?? [];
    return ports.length === 0 ? [] : [`; load balancer ${shown(name)} listens on ${ports.join(", ")}`];
  });
  const fronts = frontsTold(endpoint);
  const listeners = fronts === "" && claimed.length > 0 ? "" : `; proxies listen on ${fronts || "none"}`;
  return `  port ${at.port}: ${state}${stateNote(endpoint)}${listeners}${claimed.toSorted().join("")}`;
}

/** Front ports, and those that it shares by name with its names there. */
function frontsTold({ listen, named = [] }: SeenEndpoint): string {
  const ports = [...new Set(named.map(({ port }) => port))].map((port) => {
    const names = named.filter((each) => each.port === port).map(({ name }) => name);
    return `${port} for ${names.map(shown).join(", ")}`;
  });
  return [...listen.map(({ port }) => String(port)), ...ports].join(", ");
}

/** The settings that its labels give it, and those that an operator does. */
function settingsLines(endpoint: SeenEndpoint, { operator }: Known): readonly string[] {
  const { settings = {}, byOperator = [] } = operator.applyTo(endpoint);
  const told = (name: string, text = "") => `${shown(name)} "${shown(text)}"`;
  const own = Object.entries(endpoint.settings ?? {}).map(([name, text]) => told(name, text));
  const set = byOperator.map((name) => told(name, settings[name]));
  const key = shown(settingsPrefix + endpoint.service);
  return [
    ...(own.length === 0 ? [] : [`    its labels set ${own.join(", ")}`]),
    ...(set.length === 0 ? [] : [`    the operator sets ${set.join(", ")} (${key}), whatever its labels say`]),
    ...limitHints(settings),
    ...proxyHints(settings),
    ...checkHints(settings, endpoint.service),
  ];
}

/** Checks without a login are all that HAProxy has for a service without a CHECK of its own. */
const mysqlHint =
  "    hint: MySQL and MariaDB count each proxy's health checks as failed logins: without a login in between they block the proxy's host after max_connect_errors (100 by default); start them with --max-connect-errors=1000000";

/** Why an endpoint takes no new connections by its state, as the end of a sentence; empty: it does. */
export function stateNote({ state, drained }: Pick<SeenEndpoint, "state" | "drained">): string {
  if (drained !== true) return stateNotes[state];
  const drains = "an operator drains it or its node, until fairway undrain";
  return state === "draining" ? `, takes no new connections: ${drains}` : `${stateNotes[state]}; ${drains}`;
}

const stateNotes: Readonly<Record<EndpointState, string>> = {
  starting: ", takes no traffic until it accepts connections or READY_TIMEOUT is over",
  ready: "",
  unhealthy: ", takes no new connections: its HEALTHCHECK fails, or it is paused",
  draining: ", takes no new connections: it was told to stop",
};

function unknown(asked: string, { nodes }: Known): Explanation {
  const registrars = nodes.map(({ node, synced }) => `${shown(node)}${synced ? "" : " (not in step yet)"}`).sort();
  const told = `Registrars: ${registrars.join(", ") || "none"}`;
  if (parsePort(asked) !== undefined) {
    const line = `no registrar tells of "${asked}": no label of a container that runs asks a proxy for this port. ${told}`;
    return { isKnown: false, lines: [line] };
  }
  return {
    isKnown: false,
    lines: [
      `no registrar tells of "${shown(asked)}": it does not run, it has no label aliyun.proxy.required: "true",`,
      `or only its Swarm service has it (below deploy:), or its node has no registrar. ${told}`,
    ],
  };
}
