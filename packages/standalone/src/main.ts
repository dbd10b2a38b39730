import { fileURLToPath } from "node:url";
import { readSettings, standaloneSettings, type StandaloneSettings } from "@fairway/contract";
import { exitCode, ProgramExit } from "@fairway/program";
import { helpText } from "./help.ts";
import { runStandalone } from "./standalone.ts";

/** Prints the settings. */
export function help(): void {
  console.log(helpText());
}

/**
 * The main job of `npm start`: the whole of Fairway on this machine until Ctrl-C or SIGTERM. Sets the exit code.
 * npm passes on a Ctrl-C that the terminal has sent us already, so a second signal is not taken for impatience.
 */
export async function start(): Promise<void> {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => controller.abort());
  // What is printed after the terminal is gone is lost, and no reason to leave things behind.
  process.stdout.on("error", () => {});
  process.exitCode = await exitCodeOf(() =>
    runStandalone({
      settings: settingsOrExit(process.env),
      env: process.env,
      directory: fileURLToPath(new URL("../../../.fairway", import.meta.url)),
      say: (line) => console.log(line),
      signal: controller.signal,
    }),
  );
}

async function exitCodeOf(run: () => Promise<void>): Promise<number> {
  try {
    await run();
    return exitCode.stopped;
  } catch (error) {
    const lines = error instanceof ProgramExit ? error.lines : [error instanceof Error ? error.message : String(error)];
    for (const line of lines) console.error(line);
    return error instanceof ProgramExit ? error.code : exitCode.environment;
  }
}

function settingsOrExit(env: NodeJS.ProcessEnv): StandaloneSettings {
  const read = readSettings(standaloneSettings, env);
  if (!read.ok) throw new ProgramExit(exitCode.setting, read.problems);
  return read.settings;
}
