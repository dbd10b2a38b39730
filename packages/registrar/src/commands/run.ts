import { setMaxListeners } from "node:events";
import { registrarSettings, type RegistrarSettings } from "@fairway/contract";
import { type Log, openBySettings, readSettingsOrExit, registryAccess, serveAdmin } from "@fairway/program";
import {
  ClaimEnds,
  createNodePublisher,
  type NodePublisher,
  type RegistryAccess,
  type RegistryClient,
} from "@fairway/registry";
import { Addon } from "../addon/addon.ts";
import { addonAccess } from "../addon/handed-out.ts";
import { DockerEngine } from "../docker/engine.ts";
import { registrarMetrics } from "../metrics.ts";
import { engineInfo, isTooOld, nodeAddress, ownNode } from "../node.ts";
import { Registrar } from "../registrar.ts";
import { RegistrarStatus } from "../status.ts";

const resyncMs = 3 * 60_000;

/**
 * Runs the registrar until the signal aborts; its lease and records stay for the next one. Waits for a Docker engine
 * and a registry that are away. Throws ProgramExit for settings that cannot work.
 */
export async function run(env: NodeJS.ProcessEnv, version: string, stopSignal: AbortSignal): Promise<void> {
  const { settings, log } = readSettingsOrExit("fairway-registrar", registrarSettings, env);
  const failed = new AbortController();
  const signal = AbortSignal.any([stopSignal, failed.signal]);
  // It lasts as long as the program, and every part listens to it.
  setMaxListeners(0, signal);
  const address = await nodeAddress(settings);
  const access = registryAccess(settings, settings.etcdEndpoints);
  // A file that is to be handed out and cannot be read ends the program now, not when the engine answers.
  addonAccess(settings, address);
  const client = openBySettings(access);
  try {
    const status = new RegistrarStatus();
    await serveStatus({ settings, access, status, signal });
    await runParts({ settings, access, client, status, address, version, log, signal });
  } finally {
    failed.abort();
    client.close();
  }
}

type Ground = {
  readonly settings: RegistrarSettings;
  /** The registrar's own way to the registry. */
  readonly access: RegistryAccess;
  readonly status: RegistrarStatus;
  readonly signal: AbortSignal;
};

async function serveStatus({ settings, access, status, signal }: Ground): Promise<void> {
  const questions = {
    isAlive: () => status.isAlive(),
    readiness: () => status.readiness(),
    status: () => status.report(),
    access: () => access,
    metrics: registrarMetrics(() => status.parts),
  };
  await serveAdmin(settings.adminListen, questions, signal);
}

type Program = Ground & {
  readonly client: RegistryClient;
  /** The node's. */
  readonly address: string;
  readonly version: string;
  readonly log: Log;
};

/** Docker engine → registrar → publisher → registry; the addon beside them. */
async function runParts({ settings, access, client, status, address, version, log, signal }: Program): Promise<void> {
  const { readyTimeoutMs, leaseTtlMs, claimGraceMs, projects } = settings;
  const engine = new DockerEngine(settings.dockerHost, signal);
  const info = await engineInfo(engine, log, signal);
  if (isTooOld(info)) log.warn({ version: info.version, least: "20.10" }, "Docker engine is older than supported");
  const node = ownNode(settings, info, { address, version });
  log.info({ ...node }, "registrar started");
  const onRefused = (key: string) => registrar.onRefused(key);
  const publisher = createNodePublisher({ client, node, leaseTtlMs, onRefused, log, signal });
  const claimEnds = new ClaimEnds({ client, graceMs: claimGraceMs, log, signal });
  const registrar: Registrar = new Registrar({
    engine,
    node,
    isRootless: info.isRootless,
    projects,
    publisher,
    onRemoved: (removed) => claimEnds.onRemoved(removed),
    readyTimeoutMs,
    resyncMs,
    log,
    signal,
  });
  const addon = new Addon({ settings, access, node, engine, log, signal });
  status.show({ node, registrar, publisher, addon });
  claimEnds.start();
  const publishing = publishWhenComplete(registrar, publisher, signal);
  await Promise.all([publishing, addon.run()]);
}

/** Nothing is published before every container was inspected: what is not wanted then is deleted. */
async function publishWhenComplete(registrar: Registrar, publisher: NodePublisher, signal: AbortSignal): Promise<void> {
  const following = registrar.follow();
  await Promise.race([registrar.firstResync, following]);
  if (signal.aborted) return;
  await Promise.all([following, publisher.run()]);
}
