import { execFile } from "node:child_process";

/** A command that ended with another code than 0, or could not be started. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly stderr: string;

  constructor(command: readonly string[], stderr: string, cause: unknown) {
    const reason = stderr.trim() || (cause instanceof Error ? cause.message : String(cause));
    super(`${command.join(" ")}: ${reason}`, { cause });
    this.stderr = stderr;
  }
}

/** What a command runs with, beside its arguments. */
export type RunOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
};

const maxOutputBytes = 64 * 1024 * 1024;

/**
 * Runs a command to its end and answers what it wrote to standard output, without the last line break.
 * Throws {@link CommandFailed} for any other end than exit code 0.
 */
export async function run(command: readonly [string, ...string[]], options: RunOptions = {}): Promise<string> {
  const [file, ...args] = command;
  const { env = {}, input, signal, timeoutMs = 0 } = options;
  return new Promise((resolve, reject) => {
    const settings = { env: { ...process.env, ...env }, maxBuffer: maxOutputBytes, timeout: timeoutMs, signal };
    const child = execFile(file, args, settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.replace(/\n$/, ""));
      else reject(new CommandFailed(command, stderr, error));
    });
    child.stdin?.on("error", () => {}).end(input ?? "");
  });
}
