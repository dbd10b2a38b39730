/**
 * Exit codes of every program. `no` and `partly` are answers: what was asked about is not so or not there, or only so
 * in part.
 */
export const exitCode = { stopped: 0, environment: 1, setting: 2, no: 3, partly: 4, timeout: 124 } as const;

/** Ends a program with a code and lines for the one who started it. Thrown anywhere, caught in `main` alone. */
export class ProgramExit extends Error {
  override readonly name = "ProgramExit";
  readonly code: number;
  readonly lines: readonly string[];

  constructor(code: number, lines: readonly string[]) {
    super(lines.join("\n"));
    this.code = code;
    this.lines = lines;
  }
}
