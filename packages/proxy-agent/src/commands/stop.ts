import { createLog, exitCode, ProgramExit, readSettings } from "@fairway/program";
import { openProxy } from "./open-proxy.ts";
import { agentSettings } from "../settings/agent-settings.ts";

/** Ends the HAProxy that an agent left running: connections may finish for STOP_TIMEOUT. */
export async function stop(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const { stateDir, haproxyBin, drainTimeoutMs, slowStartMs, stopTimeoutMs, logLevel } = agentSettings;
  const read = readSettings({ stateDir, haproxyBin, drainTimeoutMs, slowStartMs, stopTimeoutMs, logLevel }, env);
  if (!read.ok) throw new ProgramExit(exitCode.setting, read.problems);
  const log = createLog("fairway-proxy-agent", read.settings.logLevel);
  const applier = await openProxy({ settings: read.settings, env, log, signal });
  await applier.stop(read.settings.stopTimeoutMs);
  await applier.close();
}
