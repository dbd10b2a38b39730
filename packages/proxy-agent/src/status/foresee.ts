import {
  claimsPrefixOf,
  type Front,
  frontOf,
  hostPortsPrefixOf,
  inOrder,
  nodesPrefix,
  ordinaryProxies,
  type ProxyRecord,
  type ProxyRules,
  settingsPrefix,
} from "@fairway/contract";
import { type Listener, listText } from "@fairway/haproxy";
import type { Stored } from "@fairway/registry";
import type { EndpointRejection, ListenerFacts } from "../desired/desired.ts";
import { DesiredState } from "../desired/desired-state.ts";
import type { Owner } from "../desired/port-owner.ts";
import { RegistryCache } from "../registry/cache.ts";
import { awaitClaimMs } from "../registry/front-ports.ts";
import { portPublished } from "./foreseen-ports.ts";
import { factsBy } from "./proxy-rules.ts";

/** A listener that a proxy would have. */
export type ForeseenListener = {
  readonly port: number;
  /** One of several names on that port; absent: it is all of the port. */
  readonly name?: string;
  readonly isTls: boolean;
  /** Undefined: nobody claims the port. */
  readonly owner: Owner | undefined;
  /** What labels and operators set of it, as HAProxy's lines and lists. */
  readonly settings: readonly string[];
  /** Keys of the endpoints behind it. */
  readonly endpoints: readonly string[];
};

/** Something that a proxy would refuse; `front`: the front port that is asked for, or a name there, undefined: every one. */
export type ForeseenRejection = EndpointRejection & { readonly front?: Front };

/** What a proxy would do. */
export type Foreseen = {
  readonly listeners: readonly ForeseenListener[];
  readonly rejections: readonly ForeseenRejection[];
};

/** A proxy by its record, and what its listeners are made of. */
export type ForeseenProxy = { readonly record: ProxyRecord; readonly rules: ProxyRules };

const now = 10 * awaitClaimMs;

/**
 * What a proxy would do that is in step with these records: decided by what decides it in the agent. Addresses of its
 * machine, other programs' ports and HAProxy's own opinion are not known here.
 */
export function foresee({ record, rules }: ForeseenProxy, stored: readonly Stored[]): Foreseen {
  const { balancer = ordinaryProxies, vantage, scope } = record;
  const cache = new RegistryCache({ balancer });
  const watched = [...scope, hostPortsPrefixOf(vantage.node), claimsPrefixOf(balancer), nodesPrefix, settingsPrefix];
  const inScope = stored.filter(({ key }) => watched.some((prefix) => key.startsWith(prefix)));
  const revision = stored.reduce((most, { modRevision }) => (modRevision > most ? modRevision : most), 0n);
  cache.onEvent({ type: "listed", listing: { revision, stored: inScope } }, 0);
  const facts = factsBy(record, rules, cache.nodeAddress(vantage.node));
  const desired = stateOf(cache, facts);
  const listeners = desired.take()?.desired.listeners ?? [];
  const taken = listeners.flatMap((listener) => portPublished(listener, cache, facts) ?? []);
  const served = listeners.filter(
    ({ port, names }) => names === undefined && !taken.some(({ key }) => key === `port_${port}`),
  );
  return {
    listeners: served.map((each) => foreseen(each, desired.ownerOf(frontOf(each)))),
    rejections: [...taken, ...cache.unreadable.values(), ...desired.rejectionsByFront().toSorted(inOrder)],
  };
}

function stateOf(cache: RegistryCache, facts: ListenerFacts): DesiredState {
  const over = new AbortController();
  over.abort();
  return new DesiredState({
    cache,
    facts,
    ownAddresses: () => undefined,
    sections: { global: [], defaults: [], stats: [] },
    listenerGraceMs: 0,
    empty: [],
    isServingSnapshot: false,
    now: () => now,
    log: { warn: () => undefined },
    signal: over.signal,
  });
}

function foreseen({ port, name, ssl, settings, servers }: Listener, owner: Owner | undefined): ForeseenListener {
  const lines = (settings.lines ?? []).filter(({ from }) => from.settings.length > 0).map(({ text }) => text);
  const lists = (settings.lists ?? []).map(listText);
  return {
    port,
    ...(name !== undefined && { name }),
    isTls: ssl,
    owner,
    settings: [...lists, ...lines],
    endpoints: servers.map(({ endpoint }) => endpoint),
  };
}
