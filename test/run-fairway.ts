import { execFile } from "node:child_process";
import { programCommand } from "@fairway/standalone";

/** What the `fairway` command did. */
export type Ran = { readonly code: number; readonly stdout: readonly string[]; readonly stderr: readonly string[] };

const [node, ...program] = programCommand("cli");

/** Runs `fairway` to its end, with these settings and no others. */
export function runFairway(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  timeoutMs = 60_000,
): Promise<Ran> {
  const { PATH } = process.env;
  return new Promise((resolve) => {
    const options = { env: { PATH, ...env }, timeout: timeoutMs };
    const child = execFile(node, [...program, ...args], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout: linesOf(stdout), stderr: linesOf(stderr) });
    });
  });
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.trimEnd().split("\n");
}
