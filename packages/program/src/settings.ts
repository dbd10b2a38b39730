import { readSettings, type Setting, type SettingTable, type SettingValues } from "@fairway/contract";
import { exitCode, ProgramExit } from "./exit.ts";
import { createLog, type Log } from "./log.ts";
import { withSettingFiles } from "./setting-files.ts";

/** A table of settings with LOG_LEVEL. */
type ProgramTable = SettingTable & { readonly logLevel: Setting<string> };

/** Settings, the items left out of lists as sentences, and the log that the settings ask for. */
export type ProgramSettings<T extends ProgramTable> = {
  readonly settings: SettingValues<T>;
  readonly leftOut: readonly string[];
  readonly log: Log;
};

/** Reads a program's settings and logs what is left out of lists. Throws ProgramExit with every problem at once. */
export function readSettingsOrExit<T extends ProgramTable>(
  program: string,
  table: T,
  env: NodeJS.ProcessEnv,
): ProgramSettings<T> {
  const files = withSettingFiles(table, env);
  const read = readSettings(table, files.env);
  const problems = [...files.problems, ...(read.ok ? [] : read.problems)];
  if (!read.ok || problems.length > 0) throw new ProgramExit(exitCode.setting, problems);
  const log = createLog(program, (read.settings as { readonly logLevel: string }).logLevel);
  for (const item of read.leftOut) log.warn({ item }, "left out an item of a setting");
  return { settings: read.settings, leftOut: read.leftOut, log };
}

/** A table of settings as `--help` prints it. */
export function settingsHelp(table: SettingTable): string {
  const rows = Object.values(table);
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, about, fallback, hasFile }) => {
    const file = hasFile ? ` ${name}_FILE: a file that holds it.` : "";
    return `  ${name.padEnd(width)}  ${about}${file}${fallback === "" ? "" : ` (${fallback})`}`;
  });
  return `\nSettings (environment variables):\n${lines.join("\n")}\n`;
}
