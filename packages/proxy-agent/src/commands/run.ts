import { EventEmitter, setMaxListeners } from "node:events";
import { hostname } from "node:os";
import { resolve } from "node:path";
import type { AgentSettings } from "@fairway/contract";
import { builtInTemplate, isDown, type Haproxy } from "@fairway/haproxy";
import {
  accessFiles,
  awaitFiles,
  evenNow,
  followAccess,
  kernelIdentity,
  openBySettings,
  ownAddresses,
  registryAccess,
  serveAdmin,
  sourceAddresses,
  type Log,
} from "@fairway/program";
import { openRegistry, type RegistryAccess } from "@fairway/registry";
import { DesiredState } from "../desired/desired-state.ts";
import { ownersOf } from "../desired/machine-ports.ts";
import { hasIPv6 } from "../machine.ts";
import type { Identity } from "../registry/addon.ts";
import { RegistryCache } from "../registry/cache.ts";
import { RegistryConnection } from "../registry/connection.ts";
import { MissingEndpointsJudge } from "../registry/judge-missing.ts";
import { NodeName } from "../registry/node-name.ts";
import type { Scope } from "../registry/scope.ts";
import { SwitchedClient } from "../registry/switched-client.ts";
import { type AgentConfig, configOf, settingsOrExit } from "../config/settings.ts";
import { statePaths } from "../files/state-dir.ts";
import { Reconciler } from "../reconcile/reconciler.ts";
import { pacedWindowMs } from "../reconcile/reload-pace.ts";
import { TakenPorts } from "../reconcile/taken-ports.ts";
import { Reporter } from "../status/reporter.ts";
import { slipsIn } from "../config/slips.ts";
import { openProxy } from "./open-proxy.ts";
import {
  followLogTargets,
  keepSnapshot,
  prepare,
  type Prepared,
  type PrepareOptions,
  type ReconcilerEvents,
} from "./prepare.ts";

const standstillMs = 60_000;

/**
 * Runs the agent until the signal aborts; HAProxy goes on. Waits for a registry that is away. Throws ProgramExit for
 * settings that cannot work, for operator text that HAProxy refuses, and when another agent has the STATE_DIR.
 */
export async function run(env: NodeJS.ProcessEnv, version: string, stopSignal: AbortSignal): Promise<void> {
  const { settings, leftOut: items, log } = settingsOrExit(env);
  const slips = slipsIn(settings);
  for (const slip of slips) log.warn({ slip }, "setting may not do what is meant");
  const leftOut = [...items, ...slips];
  await awaitFiles(accessFiles(settings), log, stopSignal);
  if (stopSignal.aborted) return;
  const access = accessBy(settings);
  const { socket } = statePaths(resolve(settings.stateDir));
  const addresses = ownAddresses() ?? new Set<string>();
  const [localAddress] = await sourceAddresses([]);
  const nodeName = new NodeName({ hostname: hostname(), kernel: kernelIdentity() });
  const machine = { node: nodeName, hasIPv6: await hasIPv6(), addresses, localAddress, socket };
  const configFor = (identity?: Identity) => configOf(settings, machine, identity);
  const ended = new AbortController();
  const signal = AbortSignal.any([stopSignal, ended.signal]);
  // It lasts as long as the program, and every part listens to it.
  setMaxListeners(0, signal);
  const proxy = await openProxy({ settings, env, log });
  const client = new SwitchedClient(openRegistry);
  try {
    await serve({ env, settings, leftOut, nodeName, configFor, access, version, proxy, client, log, signal });
  } catch (error) {
    if (!stopSignal.aborted) throw error;
  } finally {
    ended.abort();
    await proxy.close();
    client.close();
  }
}

/** The access by the settings; undefined: the addon is asked. Throws ProgramExit for files that do not go together. */
function accessBy(settings: AgentSettings): RegistryAccess | undefined {
  const access = settings.etcdEndpoints && registryAccess(settings, settings.etcdEndpoints);
  if (access !== undefined) openBySettings(access).close();
  return access;
}

type ServeOptions = PrepareOptions & {
  readonly version: string;
  /** What was left out of settings, as sentences. */
  readonly leftOut: readonly string[];
  readonly client: SwitchedClient;
};

/** Follows the registry and keeps HAProxy in step until the signal aborts. */
async function serve(options: ServeOptions): Promise<void> {
  const { settings, client, log, signal } = options;
  const prepared = await prepare(options);
  const { cache, reconciler, judge, connection, reporter } = assemble(options, prepared);
  const { node, facts, scope } = prepared.config;
  const questions = {
    isAlive: () => reconciler.busyMs() < standstillMs,
    readiness: () => reporter.readiness(),
    status: () => reporter.status(),
    access: () => client.access,
    metrics: reporter.metrics.registry,
  };
  try {
    await serveAdmin(settings.adminListen, questions, signal);
    keepWithin(cache, scope, log);
    reconciler.wake();
    log.info({ node, scope: scope.prefixes, vantage: facts.vantage }, "proxy agent started");
    connection.start();
    followFiles(options);
    await connection.ended();
    await judge.idle();
  } finally {
    await reconciler.close();
  }
  await connection.leave();
}

/** Has the files that the settings name read again; the addon's answer has contents of its own. */
function followFiles({ settings, access, client, log, signal }: ServeOptions): void {
  const { etcdEndpoints } = settings;
  if (access === undefined || etcdEndpoints === undefined) return;
  const read = () => registryAccess(settings, etcdEndpoints);
  followAccess({ access, read, renew: (renewed) => client.renew(renewed), log, signal });
}

/** registry cache ─► desired state ─► reconciler ─► HAProxy; the reporter looks at all of them. */
function assemble(options: ServeOptions, prepared: Prepared) {
  const { version, leftOut, proxy, log, signal } = options;
  const { haproxy, files } = proxy;
  const { snapshot, sections, chosen } = prepared;
  const cache = new RegistryCache({ snapshot: snapshot?.view, balancer: options.settings.balancer, log });
  const desired = openDesired(options, prepared, cache);
  const reconcilerEvents: ReconcilerEvents = new EventEmitter();
  const taken = new TakenPorts(undefined, snapshot?.taken);
  const reconciler = openReconciler(options, { cache, desired, taken }, reconcilerEvents);
  const judge = openJudge(options, { cache, reconciler });
  const connection = openConnection(options, prepared, { cache, desired });
  followNodeName(options, cache, connection);
  const notes = () => [...leftOut, ...sections.outcome.notes];
  const reporter = new Reporter({
    version,
    cache,
    desired,
    reconciler,
    haproxy,
    haproxyVersion: proxy.version,
    refusal: chosen.refusal,
    connection,
    notes,
    log,
    signal,
  });
  reconcilerEvents.on("applied", (outcome, wanted) => reporter.onApplied(outcome, wanted));
  reconcilerEvents.on("change", () => reporter.onHaproxyChange());
  const { nodeName } = options;
  keepSnapshot({
    files,
    cache,
    desired,
    taken,
    reconciler,
    reconcilerEvents,
    connection,
    nodeName,
    facts: chosen.facts,
  });
  if (chosen.refusal === undefined) followLogTargets({ sections, desired, reconcilerEvents, signal });
  return { cache, reconciler, judge, connection, reporter };
}

type Held = { readonly cache: RegistryCache; readonly desired: DesiredState };

function openDesired(options: ServeOptions, { snapshot, isPlaced, chosen }: Prepared, cache: RegistryCache) {
  const { settings, proxy, log, signal } = options;
  return new DesiredState({
    cache,
    facts: chosen.facts,
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

type ReconcilerInputs = Held & { readonly taken: TakenPorts };

function openReconciler(options: ServeOptions, { cache, desired, taken }: ReconcilerInputs, events: ReconcilerEvents) {
  const { settings, proxy, log, signal } = options;
  const reconciler = new Reconciler({
    haproxy: proxy.haproxy,
    files: proxy.files,
    template: builtInTemplate(),
    adopted: proxy.adopted,
    drainTimeoutMs: settings.drainTimeoutMs,
    slowStartMs: settings.slowStartMs,
    pacedWindowMs: pacedWindowMs(settings.reloadTimeoutS),
    ownersOf: (port) => ownersOf(cache, port, desired.vantage),
    ageOf: (port) => cache.holdersOf(port)[0]?.age,
    taken,
    desired,
    onApplied: (outcome, wanted) => events.emit("applied", outcome, wanted),
    onChange: () => events.emit("change"),
    log,
    signal,
  });
  desired.on("change", () => reconciler.wake());
  cache.on("host-ports", () => reconciler.lookAtOwnedPorts());
  return reconciler;
}

type Judged = { readonly cache: RegistryCache; readonly reconciler: Reconciler };

function openJudge({ settings, client, proxy, log, signal }: ServeOptions, { cache, reconciler }: Judged) {
  return new MissingEndpointsJudge({
    cache,
    get: client.get,
    listeners: () => reconciler.progress.applied?.desired.listeners ?? [],
    health: () => readHealth(proxy.haproxy),
    graceMs: settings.orphanGraceMs,
    now: evenNow,
    log,
    signal,
  });
}

/** Takes the node's name from its registrar's record, where neither NODE_NAME nor the addon says it. */
function followNodeName({ settings, access, nodeName, log }: ServeOptions, cache: RegistryCache, connection: Renamed) {
  if (settings.nodeName !== undefined || access === undefined) return;
  cache.on("nodes", () => {
    const before = nodeName.name;
    if (!nodeName.look(cache.nodes)) return;
    log.info({ before, node: nodeName.name }, "node named as its registrar has it");
    connection.reconfigure();
  });
}

type Renamed = Pick<RegistryConnection<AgentConfig>, "reconfigure">;

function openConnection(options: ServeOptions, { identity }: Prepared, { cache, desired }: Held) {
  const { settings, access, configFor, client, log, signal } = options;
  return new RegistryConnection({
    access,
    addonUrl: settings.addonUrl,
    leaseTtlMs: settings.leaseTtlMs,
    identity,
    configFor,
    client,
    newest: () => cache.newest(),
    onEvent: (event) => cache.onEvent(event, evenNow()),
    onMove: ({ facts, scope }) => {
      desired.move(facts);
      keepWithin(cache, scope, log);
    },
    log,
    signal,
  });
}

async function readHealth(haproxy: Pick<Haproxy, "read">) {
  const { servers } = await haproxy.read();
  return servers.map((server) => {
    const { listener, name, isUp, unchangedS } = server;
    return { listener, name, isDown: isDown(server), upMs: isUp ? unchangedS * 1000 : 0 };
  });
}

function keepWithin(cache: RegistryCache, { prefixes, hostPorts }: Scope, log: Log): void {
  cache.keepHostPortsWithin(hostPorts);
  const endpoints = cache.keepWithin(prefixes);
  if (endpoints > 0) log.info({ endpoints }, "endpoints outside the scope removed");
}
