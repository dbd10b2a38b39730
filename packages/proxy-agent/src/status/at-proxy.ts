import { endpointsPrefixOf, ordinaryProxies, partsOfFront, shown, type ProxyRecord } from "@fairway/contract";
import { addressShared } from "../desired/address-conflicts.ts";
import { nowhere } from "../desired/usable-addresses.ts";
import { reach } from "../desired/reach.ts";
import { holderOf, portClaimKey } from "../registry/holder.ts";
import { frontsOf } from "../registry/endpoint-store.ts";
import type { SeenEndpoint } from "../registry/seen.ts";
import type { Known } from "./known-containers.ts";
import { bridgeHint } from "./source-hints.ts";

/**
 * Whether a proxy gives an endpoint new connections. `unasked`: it is outside of its scope; `unsure`: the record does not
 * tell all that the proxy refuses.
 */
export type Served = "yes" | "no" | "unasked" | "unsure";

type Answered = { readonly served: Served; readonly text: string };

/** What one proxy does with an endpoint, in words that are safe to show. */
export type ProxyAnswer = Answered & { readonly name: string };

/** Under which keys a proxy may refuse an endpoint: its own, that of a listener that it stands behind, its service's. */
export function refusalKeys({ key, at, listen, named = [] }: SeenEndpoint): readonly string[] {
  const ports = [...listen, ...named].map(({ port }) => `port_${port}`);
  return [key, ...new Set(ports), endpointsPrefixOf(at.project, at.service)];
}

/** What a proxy tells of an endpoint that it serves. */
const hintCodes: ReadonlySet<string> = new Set([addressShared, "port-owed", "setting-not-valid", "setting-differs"]);

/** True for what a proxy tells of an endpoint that it serves. */
export function isProxyHint(code: string): boolean {
  return hintCodes.has(code);
}

/** Under which keys a proxy tells of an endpoint that it serves although nobody claims its front ports for it. */
function claimKeys(endpoint: SeenEndpoint, balancer: string): readonly string[] {
  const holder = holderOf(endpoint.at, balancer);
  return frontsOf(endpoint).map((front) => portClaimKey(balancer, { ...partsOfFront(front), ...holder }));
}

/** True when a proxy refuses more than its record tells. */
export function tellsNotAll({ rejections }: ProxyRecord): boolean {
  return rejections.count > rejections.first.length;
}

/** What proxies do with an endpoint that are asked for it, in their order. (all, in the order of their names) */
export function proxyAnswers(
  endpoint: SeenEndpoint,
  known: Known,
  isSilent: boolean,
  proxies = known.proxies,
): readonly ProxyAnswer[] {
  const { nodes, balanced, operator } = known;
  const { settings = {} } = operator.applyTo(endpoint);
  return proxies.flatMap(({ name, record }) => {
    const { balancer = ordinaryProxies } = record;
    const seen = balancer === ordinaryProxies ? endpoint : balanced.get(balancer)?.get(endpoint.key);
    // What a proxy is not asked for needs no line, but where nobody else is asked either.
    if (seen === undefined || isForOthers(seen, balanced)) return [];
    return [{ name, ...atProxy(seen, record, { nodes, settings, isSilent }) }];
  });
}

/** True when an endpoint is for load balancers alone. */
function isForOthers({ key, listen, named = [] }: SeenEndpoint, balanced: Known["balanced"]): boolean {
  return listen.length + named.length === 0 && [...balanced.values()].some((endpoints) => endpoints.has(key));
}

/** What else is known of an endpoint. */
type AtProxy = Pick<Known, "nodes"> & {
  /** Those in force, of labels and operator. */
  readonly settings: Readonly<Record<string, string>>;
  /** Its registrar says that its port accepts no connections. */
  readonly isSilent: boolean;
};

/** What one proxy does with an endpoint, by its own record. */
function atProxy(endpoint: SeenEndpoint, record: ProxyRecord, { nodes, settings, isSilent }: AtProxy): Answered {
  const { scope, balancer = ordinaryProxies, vantage, rejections, lastError } = record;
  if (!scope.some((prefix) => endpoint.key.startsWith(prefix))) {
    const text = `no: outside of its scope (${scope.map(shown).join(", ")}); COMPOSE_PROJECT_NAME and ADDITIONAL_SERVICES set it`;
    return { served: "unasked", text };
  }
  const keys = refusalKeys(endpoint);
  const about = rejectionsUnder(rejections.first, keys);
  const own = about.filter(({ code }) => !isProxyHint(code));
  if (own.length > 0) return { served: "no", text: `no: ${own.map(({ reason }) => shown(reason)).join("; ")}` };
  const addressOf = (name: string) => addressesOf(nodes).get(name);
  const here = { ...nowhere, nodeAddress: addressOf(vantage.node) };
  const reached = reach(endpoint, vantage, { nodeAddress: addressOf(endpoint.at.node), here });
  if (!reached.ok) return { served: "no", text: `no: ${shown(reached.reason)}` };
  const trouble = lastError === null ? "" : `; but it reports: ${shown(lastError)}`;
  const hints = [...about, ...rejectionsUnder(rejections.first, claimKeys(endpoint, balancer))];
  const hinted = hints.map(({ reason }) => `; ${shown(reason)}`).join("") + bridgeHint(settings, vantage);
  const more = tellsNotAll(record) ? "; it refuses more than its record tells: see its /status" : "";
  const at = `${whether(endpoint, isSilent)} at ${reached.ip}:${reached.port}: ${shown(reached.why)}`;
  const served = endpoint.state !== "ready" || isSilent ? "no" : more === "" ? "yes" : "unsure";
  return { served, text: `${at}${hinted}${trouble}${more}` };
}

type Rejections = ProxyRecord["rejections"]["first"];

const rejectionsByKey = remembered((rejections: Rejections) => {
  const byKey = new Map<string, { readonly at: number; readonly rejection: Rejections[number] }[]>();
  for (const [at, rejection] of rejections.entries()) {
    const others = byKey.get(rejection.key);
    if (others === undefined) byKey.set(rejection.key, [{ at, rejection }]);
    else others.push({ at, rejection });
  }
  return byKey;
});

/** Those under one of these keys, in their order: a proxy may refuse thousands of things. */
function rejectionsUnder(rejections: Rejections, keys: readonly string[]): readonly Rejections[number][] {
  const byKey = rejectionsByKey(rejections);
  const found = [...new Set(keys)].flatMap((key) => byKey.get(key) ?? []);
  return found.sort((a, b) => a.at - b.at).map(({ rejection }) => rejection);
}

const addressesOf = remembered((nodes: Known["nodes"]) => new Map(nodes.map(({ node, address }) => [node, address])));

/** Makes something of each list once. */
function remembered<T extends object, U>(make: (of: T) => U): (of: T) => U {
  const made = new WeakMap<T, { readonly is: U }>();
  return (of) => {
    const former = made.get(of) ?? { is: make(of) };
    made.set(of, former);
    return former.is;
  };
}

function whether({ state }: SeenEndpoint, isSilent: boolean): string {
  if (state === "starting") return "not yet, then";
  if (state !== "ready") return "no new connections, those it has go on";
  return isSilent ? "only while HAProxy's check of it passes," : "yes,";
}
