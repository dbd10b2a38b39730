import { createLog, exitCode, type Log, ProgramExit, readSettings, type ReadSettings } from "@fairway/program";
import { agentSettings } from "./agent-settings.ts";

/** The proxy agent's settings with their values. */
export type AgentSettings = Extract<ReadSettings<typeof agentSettings>, { ok: true }>["settings"];

/** The settings, what was left out of lists as sentences, and the log that the settings ask for. */
export type ReadAgentSettings = {
  readonly settings: AgentSettings;
  readonly leftOut: readonly string[];
  readonly log: Log;
};

/** Reads the settings from the environment. Throws ProgramExit with every problem at once. */
export function settingsOrExit(env: NodeJS.ProcessEnv): ReadAgentSettings {
  const read = readSettings(agentSettings, env);
  if (!read.ok) throw new ProgramExit(exitCode.setting, read.problems);
  const log = createLog("fairway-proxy-agent", read.settings.logLevel);
  for (const item of read.leftOut) log.warn({ item }, "left out an item of a setting");
  return { settings: read.settings, leftOut: read.leftOut, log };
}
