import { createLog, exitCode, ProgramExit, readSettings } from "@fairway/program";
import { openProxy } from "./open-proxy.ts";
import { agentSettings } from "./settings/agent-settings.ts";

/**
 * Ends the HAProxy that an agent left running. Connections may finish until this program has run for STOP_TIMEOUT; an
 * agent that is on its way out is waited for as long. Throws ProgramExit when an agent stays.
 */
export async function stop(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const { stateDir, haproxyBin, drainTimeoutMs, stopTimeoutMs, logLevel } = agentSettings;
  const read = readSettings({ stateDir, haproxyBin, drainTimeoutMs, stopTimeoutMs, logLevel }, env);
  if (!read.ok) throw new ProgramExit(exitCode.setting, read.problems);
  const { settings } = read;
  const log = createLog("fairway-proxy-agent", settings.logLevel);
  const applier = await openProxy({ settings, env, patienceMs: left(settings), log, signal });
  await applier.stop(left(settings));
  await applier.close();
}

/** Counted from the program's start, so that whoever supervises it knows when it is over. */
function left({ stopTimeoutMs }: { readonly stopTimeoutMs: number }): number {
  return Math.max(0, stopTimeoutMs - performance.now());
}
