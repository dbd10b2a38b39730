import { agentSettings } from "@fairway/contract";
import { readSettingsOrExit } from "@fairway/program";
import { openProxy } from "./open-proxy.ts";

/** Ends the HAProxy that an agent left running: connections may finish for STOP_TIMEOUT. */
export async function stop(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const { stateDir, haproxyBin, drainTimeoutMs, slowStartMs, stopTimeoutMs, logLevel } = agentSettings;
  const own = { stateDir, haproxyBin, drainTimeoutMs, slowStartMs, stopTimeoutMs, logLevel };
  const { settings, log } = readSettingsOrExit("fairway-proxy-agent", own, env);
  const applier = await openProxy({ settings, env, log, signal });
  await applier.stop(settings.stopTimeoutMs);
  await applier.close();
}
