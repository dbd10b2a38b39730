import { setMaxListeners } from "node:events";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { openRegistry } from "@fairway/registry";
import { openBySettings, registryAccess } from "@fairway/program";
import type { Identity } from "../registry/addon.ts";
import { switchedClient } from "../registry/switched-client.ts";
import { hasIPv6 } from "../machine.ts";
import { openProxy } from "./open-proxy.ts";
import { serve } from "./serve.ts";
import { configOf, settingsOrExit } from "../config/settings.ts";
import { statePaths } from "../files/state-dir.ts";

/**
 * Runs the agent until the signal aborts; HAProxy goes on. Waits for a registry that is away. Throws ProgramExit for
 * settings that cannot work, for operator text that HAProxy refuses, and when another agent has the STATE_DIR.
 */
export async function run(env: NodeJS.ProcessEnv, version: string, stopSignal: AbortSignal): Promise<void> {
  const { settings, leftOut, log } = settingsOrExit(env);
  const { socket } = statePaths(resolve(settings.stateDir));
  const machine = { hostname: hostname(), hasIPv6: await hasIPv6(), socket };
  const configFor = (identity?: Identity) => configOf(settings, machine, identity);
  const access = settings.etcdEndpoints && registryAccess(settings, settings.etcdEndpoints);
  // Certificates that do not go together end the program now.
  if (access !== undefined) openBySettings(access).close();
  const ended = new AbortController();
  const signal = AbortSignal.any([stopSignal, ended.signal]);
  // It lasts as long as the program, and every part listens to it.
  setMaxListeners(0, signal);
  const proxy = await openProxy({ settings, env, log });
  const client = switchedClient(openRegistry);
  try {
    await serve({ env, settings, leftOut, configFor, access, version, proxy, client, log, signal });
  } catch (error) {
    if (!stopSignal.aborted) throw error;
  } finally {
    ended.abort();
    await proxy.close();
    client.close();
  }
}
