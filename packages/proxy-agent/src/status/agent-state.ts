import { inOrder, type Front } from "@fairway/contract";
import type { Listener } from "@fairway/haproxy";
import type { AgentConfig } from "../config/agent-config.ts";
import type { Desired, EndpointRejection, ListenerFacts } from "../desired/desired.ts";
import type { Owner } from "../desired/port-owner.ts";
import type { Vantage } from "../desired/vantage.ts";
import type { ListenerRefusal } from "../binding/port-judge.ts";
import type { WaitingListener } from "../reconcile/waiting-listeners.ts";
import type { AddonStatus } from "../registry/addon.ts";
import type { RegistryCache } from "../registry/cache.ts";

/** HAProxy, as it was last seen. */
export type HaproxyState = { readonly version: string; readonly pid: number };

/** Everything that reports are made of: the agent at one moment. */
export type AgentState = {
  readonly version: string;
  /** Its name in the registry. */
  readonly proxy: string;
  readonly node: Pick<AgentConfig, "node" | "nodeNamedBy">;
  /** How the addon answers; undefined: it is not asked. */
  readonly addon: AddonStatus | undefined;
  readonly vantage: Vantage;
  readonly facts: ListenerFacts;
  /** The subscribed prefixes. */
  readonly scope: readonly string[];
  /** The load balancer that it is; `*`: it is an ordinary proxy. */
  readonly balancer: string;
  readonly cache: RegistryCache;
  /** What was last applied, or undefined before the first time. */
  readonly desired: Desired | undefined;
  /** What the registry asks for and this proxy does not serve, in order. */
  readonly rejections: readonly EndpointRejection[];
  /** Whose a front port is; undefined: nobody claims it. */
  readonly ownerOf: (front: Front) => Owner | undefined;
  readonly refusals: readonly ListenerRefusal[];
  /** Endpoints that lead back to the proxy's own listeners, or whose labels HAProxy refuses. */
  readonly leftOut: readonly EndpointRejection[];
  /** Listeners that are served although a container of this node has a right to their port. */
  readonly owed: readonly ListenerRefusal[];
  /** New listeners that wait for a reload. */
  readonly waiting: readonly WaitingListener[];
  /** Servers in maint, on their way out. */
  readonly leaving: number;
  readonly appliedRevision: bigint;
  /** ISO 8601; empty before the first time. */
  readonly appliedAt: string;
  readonly haproxy: HaproxyState | undefined;
  /** Where it answers other machines; undefined: it does not. */
  readonly api: { readonly ip: string; readonly port: number } | undefined;
  readonly lastError: string | undefined;
  /** Of each certificate that is served, its name and its end, ms since 1970. */
  readonly certificateEnds: readonly (readonly [name: string, expiresAt: number])[];
  /** Items left out of settings, and what else the operator's text became, as sentences. */
  readonly notes: readonly string[];
};

/** What is asked for and not served as asked: listeners, unreadable records, endpoints; each in order. */
export function allRejections(state: AgentState): readonly EndpointRejection[] {
  const { rejections, refusals, owed, leftOut, cache } = state;
  const taken = [...refusals, ...owed].map(({ listener, code, reason }) => ({ code, key: `port_${listener}`, reason }));
  const unreadable = [...cache.unreadable.values()].sort(inOrder);
  return [...taken.sort(inOrder), ...waitingForReload(state), ...unreadable, ...leftOut, ...rejections];
}

/** Listeners that wait for a reload. */
export function waitingForReload({ waiting }: Pick<AgentState, "waiting">): readonly EndpointRejection[] {
  return waiting.map(({ listener, reason }) => ({ code: "reload-awaited", key: `port_${listener}`, reason }));
}

/** The listeners that are desired, and neither refused nor waiting. */
export function servedListeners({ desired, refusals, waiting }: AgentState): readonly Listener[] {
  const absent = new Set([...refusals, ...waiting].map(({ listener }) => listener));
  return (desired?.listeners ?? []).filter(({ port }) => !absent.has(port));
}

/** Servers of the applied configuration by state; an orphan counts as such, whatever else it is. */
export function serverCounts(state: AgentState) {
  const { cache, leaving } = state;
  const counts = { ready: 0, drain: 0, maint: leaving, orphaned: 0 };
  for (const { servers } of servedListeners(state)) {
    for (const { admin, endpoint } of servers) counts[cache.missing.has(endpoint) ? "orphaned" : admin] += 1;
  }
  return counts;
}
