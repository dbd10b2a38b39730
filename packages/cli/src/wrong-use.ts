import { exitCode, ProgramExit } from "@fairway/program";

/** Ends the program as a command line does that cannot be used. */
export function wrongUse(...lines: readonly string[]): ProgramExit {
  return new ProgramExit(
    exitCode.setting,
    lines.map((line) => `error: ${line}`),
  );
}
