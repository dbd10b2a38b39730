import { agentSettings } from "@fairway/contract";
import { readSettingsOrExit } from "@fairway/program";
import { openProxy } from "./open-proxy.ts";

/** Ends the HAProxy that an agent left running: connections may finish for STOP_TIMEOUT. */
export async function stop(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const { stateDir, haproxyBin, stopTimeoutMs, logLevel } = agentSettings;
  const own = { stateDir, haproxyBin, stopTimeoutMs, logLevel };
  const { settings, log } = readSettingsOrExit("fairway-proxy-agent", own, env);
  const { haproxy, adopted, close } = await openProxy({ settings, env, log, signal });
  if (adopted) await haproxy.stop(adopted.master, settings.stopTimeoutMs);
  await close();
}
