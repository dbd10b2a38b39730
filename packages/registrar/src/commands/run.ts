import { setMaxListeners } from "node:events";
import { registrarSettings, type RegistrarSettings } from "@fairway/contract";
import {
  accessFiles,
  awaitFiles,
  followAccess,
  type Log,
  openBySettings,
  readSettingsOrExit,
  registryAccess,
  registryCredentials,
  RolesLook,
  serveAdmin,
} from "@fairway/program";
import { ClaimEnds, keepFormerLease, NodePublisher, type RegistryAccess, type RegistryClient } from "@fairway/registry";
import { Addon } from "../addon/addon.ts";
import { addonAccess, addonFiles } from "../addon/handed-out.ts";
import { Drains } from "../containers/drains.ts";
import type { EngineInfo } from "../docker/container.ts";
import { DockerEngine, inspectContainer } from "../docker/engine.ts";
import { type EngineHost, engineFiles, engineHost } from "../docker/engine-host.ts";
import { registrarMetrics } from "../metrics.ts";
import { followAddress, localAddress, nodeAddress } from "../node-address.ts";
import { engineInfo, isTooOld, refusePodman } from "../docker/usable-engine.ts";
import { ownNode } from "../own-node.ts";
import { Registrar } from "../registrar.ts";
import { type RegistrarParts, RegistrarStatus } from "../status.ts";

/** How often all containers are looked at again although no event was lost. */
const resyncEveryMs = 3 * 60_000;

/** How long Docker has to say whether a container that is drained is gone. */
const goneMs = 2000;

/**
 * Runs the registrar until the signal aborts; its lease and records stay for the next one. Waits for a Docker engine
 * and a registry that are away. Throws ProgramExit for settings that cannot work.
 */
export async function run(env: NodeJS.ProcessEnv, version: string, stopSignal: AbortSignal): Promise<void> {
  const { settings, log } = readSettingsOrExit("fairway-registrar", registrarSettings, env);
  const host = engineHost(settings);
  const failed = new AbortController();
  const signal = AbortSignal.any([stopSignal, failed.signal]);
  // It lasts as long as the program, and every part listens to it.
  setMaxListeners(0, signal);
  await awaitFiles({ ...accessFiles(settings), ...addonFiles(settings), ...engineFiles(host) }, log, signal);
  if (signal.aborted) return;
  const read = () => registryAccess(settings, settings.etcdEndpoints);
  const client = openBySettings(read());
  // A file that is to be handed out and is none ends the program now, not when the engine answers.
  addonAccess(settings, settings.nodeAddress ?? "127.0.0.1");
  const access = () => client.access;
  followAccess({ what: registryCredentials, access, read, renew: client.renew, log, signal });
  try {
    const roles = new RolesLook({ client, access, log, signal });
    const status = new RegistrarStatus(() => roles.notes());
    await serveStatus({ settings, access, status, signal }, version);
    await runParts({ settings, host, access, client, status, version, log, signal });
  } finally {
    failed.abort();
    client.close();
  }
}

type Ground = {
  readonly settings: RegistrarSettings;
  /** The registrar's own way to the registry. */
  readonly access: () => RegistryAccess;
  readonly status: RegistrarStatus;
  readonly signal: AbortSignal;
};

async function serveStatus({ settings, access, status, signal }: Ground, version: string): Promise<void> {
  const questions = {
    isAlive: () => status.isAlive(),
    readiness: () => status.readiness(),
    status: () => status.report(),
    access,
    metrics: registrarMetrics(version, () => status.parts),
  };
  await serveAdmin(settings.adminListen, questions, signal);
}

type Program = Ground & {
  readonly host: EngineHost;
  readonly client: RegistryClient;
  readonly version: string;
  readonly log: Log;
};

/** Waits for the engine and for an address of the node; begins anew whenever the node has another one. */
async function runParts(program: Program): Promise<void> {
  const { settings, host, status, log, signal } = program;
  const engine = new DockerEngine(host, signal, (reason) =>
    log.warn({ reason }, "Docker does not tell its networks: addresses on bridges of this machine alone are used"),
  );
  const info = await engineInfo(engine, log, signal);
  refusePodman(info);
  if (isTooOld(info)) log.warn({ version: info.version, least: "20.10" }, "Docker engine is older than supported");
  const onWaiting = (reason: string) => status.wait(reason);
  for (;;) {
    const address = await nodeAddress({ settings, engine, onWaiting, log, signal });
    if (address === undefined) return;
    const moved = new AbortController();
    const own = AbortSignal.any([signal, moved.signal]);
    setMaxListeners(0, own);
    followAddress({ settings, engine, onWaiting, log, signal: own }, address, () => moved.abort());
    const local = await localAddress({ settings, engine, onWaiting, log, signal: own }, address);
    await runNode({ ...program, engine, info, address, localAddress: local, signal: own });
    if (signal.aborted) return;
  }
}

type Node = Program & {
  readonly engine: DockerEngine;
  readonly info: EngineInfo;
  /** The node's. */
  readonly address: string;
  readonly localAddress: string | undefined;
};

/** Docker engine → registrar → publisher → registry; the addon beside them. */
async function runNode(facts: Node): Promise<void> {
  const { settings, access, client, status, engine, info, address, localAddress: local, version, log, signal } = facts;
  const { readyTimeoutMs, leaseTtlMs, claimGraceMs, projects, trustedLabels, certificateLabels } = settings;
  const node = ownNode(settings, info, { address, version });
  log.info({ ...node }, "registrar started");
  const onRefused = (key: string) => registrar.onRefused(key);
  const onChange = (container: string) => registrar.onDrains(container);
  const isGone = async (id: string) => (await inspectContainer(engine, id, goneMs)).kind === "gone";
  const drains = new Drains({ client, node: node.node, onChange, isGone, log, signal });
  const publisher = new NodePublisher({
    client,
    node,
    leaseTtlMs,
    mayBegin: drains.known,
    onRefused,
    onTakeOver: (former) => registrar.takeOver(former),
    log,
    signal,
  });
  const claimEnds = new ClaimEnds({ client, graceMs: claimGraceMs, log, signal });
  const registrar: Registrar = new Registrar({
    engine,
    node,
    isRootless: info.isRootless,
    localAddress: local,
    projects,
    rules: { trust: trustedLabels, takesCertificates: certificateLabels === "true" },
    publisher,
    drains,
    onRemoved: (removed) => claimEnds.onRemoved(removed),
    readyTimeoutMs,
    resyncMs: resyncEveryMs,
    log,
    signal,
  });
  const addon = new Addon({ settings, access, node, engine, log, signal });
  status.show({ node, registrar, publisher, drains, addon });
  claimEnds.start();
  const publishing = publishWhenComplete({ client, settings, node, registrar, publisher, signal });
  await Promise.all([publishing, drains.run(), addon.run()]);
}

type Publishing = Pick<Program, "client" | "settings" | "signal"> &
  Pick<RegistrarParts, "node" | "registrar" | "publisher">;

/** Nothing is published before every container was inspected: what is not wanted then is deleted. */
async function publishWhenComplete({
  client,
  settings,
  node,
  registrar,
  publisher,
  signal,
}: Publishing): Promise<void> {
  const complete = new AbortController();
  const until = AbortSignal.any([signal, complete.signal]);
  keepFormerLease({ client, own: node, leaseTtlMs: settings.leaseTtlMs, signal: until });
  const following = registrar.follow();
  await Promise.race([registrar.firstResync, following]).finally(() => complete.abort());
  if (signal.aborted) return;
  await Promise.all([following, publisher.run()]);
}
