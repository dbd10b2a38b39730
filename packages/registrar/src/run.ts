import { openRegistry, startNodePublisher } from "@fairway/registry";
import { createLog, exitCode, type Log, ProgramExit, registryAccess, serveAdmin } from "@fairway/program";
import { dockerEngine } from "./docker/docker-engine.ts";
import { registrarMetrics } from "./metrics.ts";
import { engineInfo, nodeAddress, ownNode } from "./own-node.ts";
import { createRegistrar } from "./registrar.ts";
import { readRegistrarSettings, type RegistrarSettings } from "./settings.ts";
import { readiness, type Running, status } from "./status.ts";

const relistMs = 3 * 60_000;
const standstillMs = 60_000;

/** Reads the settings and says what was left out of lists. Throws ProgramExit with every problem. */
export function settingsOrExit(env: NodeJS.ProcessEnv): { readonly settings: RegistrarSettings; readonly log: Log } {
  const read = readRegistrarSettings(env);
  if (!read.ok) throw new ProgramExit(exitCode.setting, read.problems);
  const log = createLog("fairway-registrar", read.settings.logLevel);
  for (const item of read.leftOut) log.warn({ item }, "Left out an item of a setting");
  return { settings: read.settings, log };
}

/**
 * Runs the registrar until the signal aborts; its lease and records stay for the next one. Waits for a Docker engine
 * and a registry that are away. Throws ProgramExit for settings that cannot work.
 */
export async function run(env: NodeJS.ProcessEnv, version: string, stopSignal: AbortSignal): Promise<void> {
  const { settings, log } = settingsOrExit(env);
  const failed = new AbortController();
  const signal = AbortSignal.any([stopSignal, failed.signal]);
  const address = await nodeAddress(settings);
  const client = openRegistry(registryAccess(settings, settings.etcdEndpoints));
  let running: Running = {};
  await serveAdmin(
    settings.adminListen,
    adminQuestions(() => running),
    signal,
  );
  try {
    const engine = dockerEngine(settings.dockerHost, signal);
    const node = ownNode(settings, await engineInfo(engine, log, signal), { address, version });
    log.info({ ...node }, "Registrar started");
    let publisher: ReturnType<typeof startNodePublisher> | undefined;
    const registrar = createRegistrar({
      engine,
      engineId: node.engineId,
      node: { name: node.node, address },
      readyTimeoutMs: settings.readyTimeoutMs,
      relistMs,
      publish: (changes) => publisher?.set(changes),
      log,
      signal,
    });
    running = { node, registrar };
    const following = registrar.follow();
    await Promise.race([registrar.firstLook, following]);
    if (signal.aborted) return;
    const { leaseTtlMs } = settings;
    const wanted = registrar.holdings.records();
    publisher = startNodePublisher({ client, node, leaseTtlMs, wanted, log, signal });
    running = { node, registrar, publisher };
    await Promise.all([following, publisher.ended]);
  } finally {
    failed.abort();
    client.close();
  }
}

function adminQuestions(running: () => Running) {
  return {
    isAlive: () => (running().registrar?.longestPassMs() ?? 0) < standstillMs,
    readiness: () => readiness(running()),
    status: () => status(running()),
    metrics: registrarMetrics(running),
  };
}
