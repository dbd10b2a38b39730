import { registrarSettings, type RegistrarSettings } from "@fairway/contract";
import { setMaxListeners } from "node:events";
import {
  type RunningPublisher,
  type OwnNode,
  type RegistryAccess,
  type RegistryClient,
  startNodePublisher,
  sweepServices,
} from "@fairway/registry";
import {
  type AdminQuestions,
  type Log,
  openBySettings,
  readSettingsOrExit,
  registryAccess,
  serveAdmin,
} from "@fairway/program";
import { startAddon } from "./addon/addon.ts";
import { addonAccess } from "./addon/handed-out.ts";
import { dockerEngine } from "./docker/docker-engine.ts";
import type { Engine } from "./docker/engine.ts";
import { registrarMetrics } from "./metrics.ts";
import { engineInfo, isTooOld, nodeAddress, ownNode } from "./own-node.ts";
import { createRegistrar } from "./registrar.ts";
import { readiness, type Running, status } from "./status.ts";

const relistMs = 3 * 60_000;
const standstillMs = 60_000;

/** Reads the settings and says what was left out of lists. Throws ProgramExit with every problem. */
export function settingsOrExit(env: NodeJS.ProcessEnv): { readonly settings: RegistrarSettings; readonly log: Log } {
  return readSettingsOrExit("fairway-registrar", registrarSettings, env);
}

/**
 * Runs the registrar until the signal aborts; its lease and records stay for the next one. Waits for a Docker engine
 * and a registry that are away. Throws ProgramExit for settings that cannot work.
 */
export async function run(env: NodeJS.ProcessEnv, version: string, stopSignal: AbortSignal): Promise<void> {
  const { settings, log } = settingsOrExit(env);
  const failed = new AbortController();
  const signal = AbortSignal.any([stopSignal, failed.signal]);
  // It lasts as long as the program, and every part listens to it.
  setMaxListeners(0, signal);
  const address = await nodeAddress(settings);
  const own = registryAccess(settings, settings.etcdEndpoints);
  // A file that is to be handed out and cannot be read ends the program now, not when the engine answers.
  addonAccess(settings, address);
  const client = openBySettings(own);
  let running: Running = {};
  const questions = adminQuestions(() => running, own);
  try {
    await serveAdmin(settings.adminListen, questions, signal);
    const engine = dockerEngine(settings.dockerHost, signal);
    const info = await engineInfo(engine, log, signal);
    if (isTooOld(info)) log.warn({ version: info.version, least: "20.10" }, "Docker engine is older than supported");
    const node = ownNode(settings, info, { address, version });
    log.info({ ...node }, "registrar started");
    const addon = startAddon({ settings, own, node, engine, log, signal });
    const onRunning = (now: Running) => (running = { ...now, addon });
    await Promise.all([publishContainers({ settings, client, engine, node, log, signal, onRunning }), addon.ended]);
  } finally {
    failed.abort();
    client.close();
  }
}

type Parts = {
  readonly settings: RegistrarSettings;
  readonly client: RegistryClient;
  readonly engine: Engine;
  readonly node: OwnNode;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Hears how far the start has come. */
  readonly onRunning: (running: Running) => void;
};

/** Nothing is published before every container has been looked at: what is not wanted then is deleted. */
async function publishContainers({ settings, client, engine, node, log, signal, onRunning }: Parts): Promise<void> {
  const { readyTimeoutMs, leaseTtlMs } = settings;
  let publisher: RunningPublisher | undefined;
  const registrar = createRegistrar({
    engine,
    engineId: node.engineId,
    node: { name: node.node, address: node.address },
    readyTimeoutMs,
    relistMs,
    publish: (changes) => publisher?.set(changes),
    log,
    signal,
  });
  onRunning({ node, registrar });
  const following = registrar.follow();
  await Promise.race([registrar.firstLook, following]);
  if (signal.aborted) return;
  publisher = startNodePublisher({ client, node, leaseTtlMs, wanted: registrar.holdings.records(), log, signal });
  onRunning({ node, registrar, publisher });
  await Promise.all([following, publisher.ended, sweepServices({ client, log, signal })]);
}

function adminQuestions(running: () => Running, own: RegistryAccess): AdminQuestions {
  return {
    isAlive: () => (running().registrar?.longestPassMs() ?? 0) < standstillMs,
    readiness: () => readiness(running()),
    status: () => status(running()),
    access: () => own,
    metrics: registrarMetrics(running),
  };
}
