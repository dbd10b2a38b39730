import { isDown, type Haproxy } from "@fairway/haproxy";
import { evenNow, ownAddresses, RolesLook, type Log } from "@fairway/program";
import { keepSnapshot } from "../agent-snapshot.ts";
import type { AgentConfig } from "../config/agent-config.ts";
import { observedServer, type Observed } from "../observed.ts";
import { DesiredState } from "../desired/desired-state.ts";
import { ownHostPorts } from "../desired/own-host-ports.ts";
import { openApi } from "../api/open-api.ts";
import { Applier } from "../reconcile/applier.ts";
import { Reconciler } from "../reconcile/reconciler.ts";
import { pacedWindowMs } from "../reconcile/reload-pace.ts";
import { Bindable } from "../binding/bindable.ts";
import { TakenPorts } from "../binding/taken-ports.ts";
import { certificateIdsIn } from "../registry/certificate-settings.ts";
import { RegistryCache } from "../registry/cache.ts";
import { byAge } from "../registry/port-holder.ts";
import { RegistryConnection } from "../registry/connection.ts";
import { MissingEndpointsJudge } from "../registry/judge-missing.ts";
import type { Scope } from "../registry/scope.ts";
import type { SubscriptionEvent } from "@fairway/registry";
import type { SwitchedClient } from "../registry/switched-client.ts";
import { Waits } from "../registry/waits.ts";
import { RefusedConnections } from "../status/refused-connections.ts";
import { Reporter } from "../status/reporter.ts";
import { ServiceFigures } from "../status/service-figures.ts";
import { followRoles } from "./follow-roles.ts";
import { ServiceHealth } from "../status/service-health.ts";
import { followConnections } from "./follow-connections.ts";
import { followJournal } from "./follow-journal.ts";
import { followLogTargets, type Prepared, type PrepareOptions } from "./prepare.ts";

/** What an agent is made of. */
export type ServeOptions = PrepareOptions & {
  readonly version: string;
  /** What was left out of settings, as sentences. */
  readonly leftOut: readonly string[];
  readonly client: SwitchedClient;
};

/** registry cache ─► desired state ─► reconciler ─► HAProxy; the reporter looks at all of them. */
export function assemble(options: ServeOptions, prepared: Prepared) {
  const { version, leftOut, proxy, log, signal } = options;
  const { haproxy, files } = proxy;
  const { snapshot, sections, chosen, certificates, labelled, authorities } = prepared;
  const { template, refusal } = prepared.template;
  const cache = new RegistryCache({
    snapshot: snapshot?.view,
    balancer: options.settings.balancer,
    trust: options.settings.trustedLabels,
    certificates: labelled,
    log,
  });
  labelled.keepUsed(() => certificateIdsIn(cache.endpoints.values()));
  const desired = openDesired(options, prepared, cache);
  const taken = new TakenPorts(undefined, snapshot?.taken);
  const refused = new RefusedConnections({ haproxy, isAdopted: proxy.adopted !== undefined, log, signal });
  const inputs = { cache, desired, taken, certificates, authorities, template };
  const reconciler = openReconciler(options, { ...inputs, aroundReload: () => holdOver() });
  const listeners = () => reconciler.progress.applied?.desired.listeners ?? [];
  const figures = new ServiceFigures({ haproxy, listeners, now: evenNow });
  const holdOver = () => {
    void figures.lookNow();
    return refused.holdOver();
  };
  reconciler.on("applied", (_, wanted) => refused.follow(wanted.desired));
  const { lostRoles, notes: notesOfRoles } = followRoles(options, prepared.roles, reconciler);
  const isLogged = options.settings.connectionLog === "on";
  const connections = isLogged ? followConnections(options, reconciler, cache.endpoints.values()) : undefined;
  const judge = openJudge(options, { cache, reconciler });
  const waits = new Waits();
  const followers: RegistryFollower[] = [waits];
  const connection = openConnection(options, prepared, { cache, desired, followers });
  followNodeName(options, cache, connection);
  const { client } = options;
  const roles = new RolesLook({ client, access: () => client.access, log, signal });
  const atStart = refusal === undefined ? leftOut : [...leftOut, refusal];
  const notes = () => [
    ...atStart,
    ...sections.outcome.notes,
    ...certificates.notes,
    ...authorities.notes,
    ...roles.notes(),
    ...notesOfRoles(),
  ];
  const reporter = new Reporter({
    version,
    cache,
    desired,
    reconciler,
    haproxy,
    haproxyVersion: proxy.version,
    refusal: chosen.refusal,
    connection,
    waits,
    notes,
    certificates,
    refused,
    figures,
    lostRoles,
    apiAddress: () => api?.address(cache.nodeAddress(desired.facts.vantage.node)),
    connections,
    log,
    signal,
  });
  reconciler.on("applied", (outcome, wanted) => reporter.onApplied(outcome, wanted));
  reconciler.on("change", () => reporter.onHaproxyChange());
  const { nodeName } = options;
  keepSnapshot({ files, cache, desired, taken, reconciler, connection, nodeName, facts: chosen.facts });
  if (chosen.refusal === undefined) followLogTargets({ sections, desired, reconciler, signal });
  const health = new ServiceHealth({ cache, desired, reconciler, haproxy });
  const journal = followJournal(options, reconciler, reporter);
  followers.push(journal);
  const api = openApi(options, { cache, reconciler, reporter, health, connections, journal });
  return { cache, reconciler, judge, connection, reporter, journal, api };
}

type RegistryFollower = { readonly onEvent: (event: SubscriptionEvent) => void };
type Held = { readonly cache: RegistryCache; readonly desired: DesiredState };

function openDesired(
  options: ServeOptions,
  { snapshot, isPlaced, chosen, certificates, authorities }: Prepared,
  cache: RegistryCache,
) {
  const { settings, proxy, log, signal } = options;
  return new DesiredState({
    cache,
    facts: { ...chosen.facts, hasLua: proxy.hasLua, tls: certificates.tls, authorities: authorities.facts },
    ownAddresses,
    sections: chosen.sections,
    listenerGraceMs: settings.listenerGraceMs,
    empty: snapshot?.empty ?? [],
    isServingSnapshot: snapshot !== undefined && proxy.adopted === undefined && isPlaced,
    now: evenNow,
    log,
    signal,
  });
}

type ReconcilerInputs = Held &
  Pick<Prepared, "certificates" | "authorities"> & {
    readonly taken: TakenPorts;
    readonly template: string;
    /** Holds on to a worker that goes; answers what ends that. */
    readonly aroundReload: () => Promise<(isDone: boolean) => void>;
  };

function openReconciler(options: ServeOptions, inputs: ReconcilerInputs) {
  const { cache, desired, taken, certificates, authorities, template, aroundReload } = inputs;
  const { settings, proxy, log, signal } = options;
  const applier = new Applier({
    haproxy: proxy.haproxy,
    files: proxy.files,
    template,
    adopted: proxy.adopted,
    drainTimeoutMs: settings.drainTimeoutMs,
    slowStartMs: settings.slowStartMs,
    pacedWindowMs: pacedWindowMs(settings.reloadTimeoutS),
    bindable: new Bindable({
      hostPortsAt: (port) => ownHostPorts(cache, port, desired.facts),
      ageOf: (port) => (cache.neighboursAt(port) ?? cache.holdersOf(port)).toSorted(byAge)[0]?.age,
      taken,
      log,
    }),
    aroundReload,
    certificates: [certificates, authorities],
    log,
    signal,
  });
  const reconciler = new Reconciler({ applier, desired, log });
  desired.on("change", () => reconciler.wake());
  cache.on("host-ports", () => reconciler.lookAtHostPorts());
  for (const each of [certificates, authorities]) each.on("change", () => reconciler.lookAtCertificates());
  certificates.on("tls", (tls) => desired.setTls({ tls }));
  authorities.on("facts", (facts) => desired.setTls({ authorities: facts }));
  return reconciler;
}

type Judged = { readonly cache: RegistryCache; readonly reconciler: Reconciler };

function openJudge({ settings, client, proxy, log, signal }: ServeOptions, { cache, reconciler }: Judged) {
  return new MissingEndpointsJudge({
    cache,
    get: client.get,
    listeners: () => reconciler.progress.applied?.desired.listeners ?? [],
    health: () => readHealth(proxy.haproxy, reconciler.observed),
    graceMs: settings.orphanGraceMs,
    now: evenNow,
    log,
    signal,
  });
}

/** Takes the node's name from its registrar's record, where neither NODE_NAME nor the addon says it. */
function followNodeName({ settings, nodeName, log }: ServeOptions, cache: RegistryCache, connection: Renamed) {
  if (settings.nodeName !== undefined || settings.etcdEndpoints === undefined) return;
  cache.on("nodes", () => {
    const before = nodeName.name;
    if (!nodeName.look(cache.nodes)) return;
    log.info({ before, node: nodeName.name }, "node named as its registrar has it");
    connection.reconfigure();
  });
}

type Renamed = Pick<RegistryConnection<AgentConfig>, "reconfigure">;

function openConnection(
  options: ServeOptions,
  { identity }: Prepared,
  { cache, desired, followers }: Held & { readonly followers: readonly RegistryFollower[] },
) {
  const { settings, configFor, client, log, signal } = options;
  return new RegistryConnection({
    isByAddon: settings.etcdEndpoints === undefined,
    addonUrl: settings.addonUrl,
    leaseTtlMs: settings.leaseTtlMs,
    identity,
    configFor,
    client,
    newest: () => cache.newest(),
    onEvent: (event) => {
      for (const each of followers) each.onEvent(event);
      cache.onEvent(event, evenNow());
    },
    onMove: ({ facts, scope }) => {
      desired.move(facts);
      keepWithin(cache, scope, log);
    },
    log,
    signal,
  });
}

/** One that answers that it has another role lives. */
async function readHealth(haproxy: Pick<Haproxy, "read">, observed: Observed | undefined) {
  const { servers } = await haproxy.read();
  return servers.map((server) => {
    const { listener, name, isUp, unchangedS, isAnsweringOtherwise = false } = server;
    const isByRole = observed && observedServer(observed, listener, name)?.startsDown;
    const isDead = isDown(server) && !(isByRole && isAnsweringOtherwise);
    return { listener, name, isDown: isDead, upMs: isUp ? unchangedS * 1000 : 0 };
  });
}

/** Lets go of what is outside of a scope. */
export function keepWithin(cache: RegistryCache, { prefixes, hostPorts }: Scope, log: Log): void {
  cache.keepHostPortsWithin(hostPorts);
  const endpoints = cache.keepWithin(prefixes);
  if (endpoints > 0) log.info({ endpoints }, "endpoints outside the scope removed");
}
