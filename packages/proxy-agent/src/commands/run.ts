import { setMaxListeners } from "node:events";
import { hostname } from "node:os";
import { resolve } from "node:path";
import type { AgentSettings } from "@fairway/contract";
import {
  accessFiles,
  followAccess,
  kernelIdentity,
  missingFiles,
  openBySettings,
  ownAddresses,
  ownContainer,
  registryAccess,
  registryCredentials,
  serveAdmin,
  sourceAddresses,
} from "@fairway/program";
import { openRegistry, type RegistryAccess } from "@fairway/registry";
import { hasIPv6 } from "../has-ipv6.ts";
import type { Identity } from "../registry/addon.ts";
import type { RegistryConnection } from "../registry/connection.ts";
import { NodeName } from "../registry/node-name.ts";
import { SwitchedClient } from "../registry/switched-client.ts";
import { type AgentConfig, configOf } from "../config/agent-config.ts";
import { settingsOrExit } from "../config/settings.ts";
import { statePaths } from "../files/state-dir.ts";
import { slipsIn } from "../config/doubtful-settings.ts";
import { openProxy } from "./open-proxy.ts";
import { assemble, keepWithin, type ServeOptions } from "./assemble.ts";
import { prepare } from "./prepare.ts";

/** How long one reconcile may take before `/healthz` says that the agent stands still. */
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
  const access = await accessBy(settings);
  const { socket } = statePaths(resolve(settings.stateDir));
  const addresses = ownAddresses() ?? new Set<string>();
  const [localAddress] = await sourceAddresses([]);
  const nodeName = new NodeName({ hostname: hostname(), kernel: kernelIdentity() });
  const container12 = ownContainer()?.slice(0, 12);
  const machine = { node: nodeName, hasIPv6: await hasIPv6(), addresses, localAddress, container12, socket };
  const configFor = (identity?: Identity) => configOf(settings, machine, identity);
  const ended = new AbortController();
  const signal = AbortSignal.any([stopSignal, ended.signal]);
  // It lasts as long as the program, and every part listens to it.
  setMaxListeners(0, signal);
  const proxy = await openProxy({ settings, env, log, signal });
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

/**
 * The access by the settings; undefined: the addon is asked, or files are not there yet, for which nothing waits that can
 * be served from the snapshot. Throws ProgramExit for files that do not go together.
 */
async function accessBy(settings: AgentSettings): Promise<RegistryAccess | undefined> {
  const { etcdEndpoints } = settings;
  const missing = await missingFiles(accessFiles(settings));
  if (etcdEndpoints === undefined || missing.length > 0) return undefined;
  const access = registryAccess(settings, etcdEndpoints);
  openBySettings(access).close();
  return access;
}

/** Follows the registry and keeps HAProxy in step until the signal aborts. */
async function serve(options: ServeOptions): Promise<void> {
  const { settings, client, log, signal } = options;
  const prepared = await prepare(options);
  const { cache, reconciler, judge, connection, reporter, journal, api } = assemble(options, prepared);
  const { node, facts, scope } = prepared.config;
  const questions = {
    isAlive: () => reconciler.busyMs() < standstillMs,
    readiness: () => reporter.readiness(),
    status: () => reporter.status(),
    access: () => client.access,
    metrics: reporter.metrics.registry,
    addPaths: api.addPaths,
  };
  try {
    await serveAdmin(settings.adminListen, questions, signal);
    api.open();
    keepWithin(cache, scope, log);
    reconciler.wake();
    log.info({ node, scope: scope.prefixes, vantage: facts.vantage }, "proxy agent started");
    connect(options, connection);
    await connection.ended();
    await judge.idle();
  } finally {
    await reconciler.close();
    await journal.close();
  }
  await connection.leave();
}

/** Asks the addon; or goes by the files that the settings name as they are now, once they are there. */
function connect(
  { settings, access, client, log, signal }: ServeOptions,
  connection: RegistryConnection<AgentConfig>,
): void {
  const { etcdEndpoints } = settings;
  if (etcdEndpoints === undefined) return connection.followAddon();
  if (access !== undefined) connection.use(access);
  const read = () => registryAccess(settings, etcdEndpoints);
  followAccess({
    what: registryCredentials,
    access: () => client.access,
    read,
    renew: (renewed) => connection.use(renewed),
    log,
    signal,
  });
}
