import {
  endpointsPrefixOf,
  ordinaryProxies,
  settingsPrefix,
  shown,
  type EndpointState,
  type ProxyRecord,
  type Rejection,
} from "@fairway/contract";
import { addressShared } from "../desired/address-conflicts.ts";
import { nowhere } from "../desired/own-addresses.ts";
import { reach } from "../desired/reach.ts";
import type { SeenEndpoint } from "../registry/seen.ts";
import { portClaimKey, holderOf } from "../registry/holder.ts";
import { containersIn, type Known, type KnownContainer } from "./known-containers.ts";
import { bridgeHint, limitHints } from "./source-hints.ts";

/** Lines for people; `isKnown` is false when no registrar tells of such a container. */
export type Explanation = { readonly isKnown: boolean; readonly lines: readonly string[] };

/**
 * Says why a container is routed or not: what its labels ask for that is refused, and for each endpoint what each proxy
 * does with it. `asked`: its name, the beginning of its id, its service, or `project:service`; undefined: every
 * container of which a registrar or a proxy refuses something.
 */
export function explain(asked: string | undefined, known: Known): Explanation {
  const isWanted = asked === undefined ? refusedIn(known) : isMeant(asked);
  const containers = containersIn(known)
    .filter(isWanted)
    .toSorted((a, b) => (a.title < b.title ? -1 : 1));
  const lines = containers.flatMap((container) => [...about(container, known), ""]).slice(0, -1);
  if (lines.length > 0) return { isKnown: true, lines };
  return asked === undefined ? { isKnown: true, lines: [nothingRefused(known)] } : unknown(asked, known);
}

function isMeant(asked: string): (container: KnownContainer) => boolean {
  const id = asked.slice(0, 12);
  return ({ container12, names }) => names.includes(asked) || (id.length >= 4 && container12.startsWith(id));
}

/** A proxy's record tells of the first of its refusals only. */
function refusedIn({ proxies }: Known): (container: KnownContainer) => boolean {
  const refused = new Set(proxies.flatMap(({ record }) => record.rejections.first.map(({ key }) => key)));
  return ({ refusals, endpoints }) =>
    refusals !== undefined || endpoints.some((endpoint) => refusalKeys(endpoint).some((key) => refused.has(key)));
}

/** Under which keys a proxy may refuse an endpoint: its own, that of a listener that it stands behind, its service's. */
function refusalKeys({ key, at, listen }: SeenEndpoint): readonly string[] {
  return [key, ...listen.map(({ port }) => `port_${port}`), endpointsPrefixOf(at.project, at.service)];
}

/** What a proxy tells of an endpoint that it serves. */
const hintCodes: ReadonlySet<string> = new Set([addressShared, "port-owed", "setting-not-valid", "setting-differs"]);

/** Under which keys a proxy tells of an endpoint that it serves although nobody claims its front ports for it. */
function claimKeys({ at, listen }: SeenEndpoint, balancer: string): readonly string[] {
  return listen.map(({ port }) => portClaimKey(balancer, { port, ...holderOf(at, balancer) }));
}

function nothingRefused({ proxies }: Known): string {
  const more = proxies.find(({ record }) => tellsNotAll(record));
  return more
    ? `nothing here, but ${shown(more.name)} refuses more than its record tells: see its /status`
    : "nothing is refused";
}

function tellsNotAll({ rejections }: ProxyRecord): boolean {
  return rejections.count > rejections.first.length;
}

function about({ title, refusals, endpoints }: KnownContainer, known: Known): readonly string[] {
  const refused = (refusals?.record.rejections ?? []).map((rejection) => {
    return `  ${rejection.severity.padEnd(7)}  ${labelIn(rejection)}${shown(rejection.reason)}`;
  });
  const silent = new Set((refusals?.record.rejections ?? []).flatMap(silentPort));
  const routed = endpoints.flatMap((endpoint) => [
    endpointLine(endpoint, known),
    ...settingsLines(endpoint, known),
    ...(known.mysql.has(endpoint.key) ? [mysqlHint] : []),
    ...proxyLines(endpoint, known, silent.has(String(endpoint.at.port))),
  ]);
  return [title, ...refused, ...(endpoints.length === 0 ? ["  no port of it is offered to proxies"] : routed)];
}

/** The label that a rejection is about, with its value, or the length of one that may hold a secret. */
function labelIn({ label, value = "", valueLength }: Rejection): string {
  if (label === "") return "";
  const length = valueLength === undefined ? "" : ` (${valueLength} characters)`;
  return `${shown(label)}${value === "" ? length : ` "${shown(value)}"`}: `;
}

/** The port of which its registrar says that it accepts no connections, though it is served. */
function silentPort({ code, value }: Rejection): readonly string[] {
  return code === "port-not-accepting" && value !== undefined ? [value] : [];
}

function endpointLine({ key, at, state, listen }: SeenEndpoint, { balanced }: Known): string {
  const claimed = [...balanced].flatMap(([name, endpoints]) => {
    const ports = endpoints.get(key)?.listen.map(({ port }) => port) ?? [];
    return ports.length === 0 ? [] : [`; load balancer ${shown(name)} listens on ${ports.join(", ")}`];
  });
  const fronts = listen.map(({ port }) => port).join(", ");
  const listeners = fronts === "" && claimed.length > 0 ? "" : `; proxies listen on ${fronts || "none"}`;
  return `  port ${at.port}: ${state}${stateNotes[state]}${listeners}${claimed.toSorted().join("")}`;
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
  ];
}

/** Checks without a login are all that HAProxy has for a service without a CHECK of its own. */
const mysqlHint =
  "    hint: MySQL and MariaDB count each proxy's health checks as failed logins: without a login in between they block the proxy's host after max_connect_errors (100 by default); start them with --max-connect-errors=1000000";

const stateNotes: Readonly<Record<EndpointState, string>> = {
  starting: ", takes no traffic until it accepts connections or READY_TIMEOUT is over",
  ready: "",
  unhealthy: ", takes no new connections: its HEALTHCHECK fails, or it is paused",
  draining: ", takes no new connections: it was told to stop",
};

function proxyLines(endpoint: SeenEndpoint, known: Known, isSilent: boolean): readonly string[] {
  const { proxies, nodes, balanced, operator } = known;
  const { settings = {} } = operator.applyTo(endpoint);
  if (proxies.length === 0) return ["    no proxy is in the registry"];
  const taken = proxies.flatMap(({ name, record }) => {
    const { balancer = ordinaryProxies } = record;
    const seen = balancer === ordinaryProxies ? endpoint : balanced.get(balancer)?.get(endpoint.key);
    // What a proxy is not asked for needs no line, but where nobody else is asked either.
    return seen === undefined || isForOthers(seen, balanced) ? [] : [{ name, record, seen }];
  });
  if (taken.length === 0) return [`    no proxy is a load balancer of that name: start one with LB_NAME`];
  const width = Math.max(...taken.map(({ name }) => shown(name).length));
  return taken.map(
    ({ name, record, seen }) =>
      `    ${shown(name).padEnd(width)}  ${atProxy(seen, record, { nodes, settings, isSilent })}`,
  );
}

/** True when an endpoint is for load balancers alone. */
function isForOthers({ key, listen }: SeenEndpoint, balanced: Known["balanced"]): boolean {
  return listen.length === 0 && [...balanced.values()].some((endpoints) => endpoints.has(key));
}

/** What else is known of an endpoint. */
type AtProxy = Pick<Known, "nodes"> & {
  /** Those in force, of labels and operator. */
  readonly settings: Readonly<Record<string, string>>;
  /** Its registrar says that its port accepts no connections. */
  readonly isSilent: boolean;
};

/** What one proxy does with an endpoint, by its own record. */
function atProxy(endpoint: SeenEndpoint, record: ProxyRecord, { nodes, settings, isSilent }: AtProxy): string {
  const { scope, balancer = ordinaryProxies, vantage, rejections, lastError } = record;
  if (!scope.some((prefix) => endpoint.key.startsWith(prefix))) {
    return `no: outside of its scope (${scope.map(shown).join(", ")}); COMPOSE_PROJECT_NAME and ADDITIONAL_SERVICES set it`;
  }
  const keys = refusalKeys(endpoint);
  const about = rejections.first.filter(({ key }) => keys.includes(key));
  const own = about.filter(({ code }) => !hintCodes.has(code));
  if (own.length > 0) return `no: ${own.map(({ reason }) => shown(reason)).join("; ")}`;
  const addressOf = (name: string) => nodes.find(({ node }) => node === name)?.address;
  const here = { ...nowhere, nodeAddress: addressOf(vantage.node) };
  const reached = reach(endpoint, vantage, { nodeAddress: addressOf(endpoint.at.node), here });
  if (!reached.ok) return `no: ${shown(reached.reason)}`;
  const trouble = lastError === null ? "" : `; but it reports: ${shown(lastError)}`;
  const hints = [...about, ...rejections.first.filter(({ key }) => claimKeys(endpoint, balancer).includes(key))];
  const hinted = hints.map(({ reason }) => `; ${shown(reason)}`).join("") + bridgeHint(settings, vantage);
  const more = tellsNotAll(record) ? "; it refuses more than its record tells: see its /status" : "";
  return `${whether(endpoint, isSilent)} at ${reached.ip}:${reached.port}: ${shown(reached.why)}${hinted}${trouble}${more}`;
}

function whether({ state }: SeenEndpoint, isSilent: boolean): string {
  if (state === "starting") return "not yet, then";
  return isSilent ? "only while HAProxy's check of it passes," : "yes,";
}

function unknown(asked: string, { nodes }: Known): Explanation {
  const registrars = nodes.map(({ node, synced }) => `${shown(node)}${synced ? "" : " (not in step yet)"}`).sort();
  return {
    isKnown: false,
    lines: [
      `no registrar tells of "${shown(asked)}": it does not run, it has no label aliyun.proxy.required: "true",`,
      `or its node has no registrar. Registrars: ${registrars.join(", ") || "none"}`,
    ],
  };
}
