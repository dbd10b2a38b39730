import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { programCommand } from "@fairway/standalone";

/** What the `fairway` command did. */
export type Ran = { readonly code: number; readonly stdout: readonly string[]; readonly stderr: readonly string[] };

const [node, ...program] = programCommand("cli");

/** How it is run: at most how long, and what stands before the command, as a node's `wrapper`. */
export type RunFairwayOptions = { readonly timeoutMs?: number; readonly wrapper?: readonly string[] };

/** Runs `fairway` to its end, with these settings and no others. */
export function runFairway(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { timeoutMs = 60_000, wrapper = [] }: RunFairwayOptions = {},
): Promise<Ran> {
  const { PATH } = process.env;
  return new Promise((resolve) => {
    const options = { env: { PATH, ...env }, timeout: timeoutMs };
    const [file = node, ...words] = [...wrapper, node, ...program, ...args];
    const child = execFile(file, words, options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout: linesOf(stdout), stderr: linesOf(stderr) });
    });
  });
}

/** A `fairway` that goes on until it is interrupted. */
export type RunningFairway = {
  /** What it has printed so far. */
  readonly stdout: () => readonly string[];
  readonly stderr: () => readonly string[];
  /** Its exit code, once it has ended by itself. */
  readonly ended: Promise<number | null>;
  /** Interrupts it as Ctrl-C does, and answers its exit code. */
  readonly interrupt: () => Promise<number | null>;
  /** Ends it by SIGKILL. */
  readonly kill: () => Promise<void>;
};

/** Starts `fairway`, with these settings and no others. */
export function startFairway(args: readonly string[], env: Readonly<Record<string, string>>): RunningFairway {
  const { PATH } = process.env;
  const child = spawn(node, [...program, ...args], { env: { PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close").then(() => child.exitCode);
  let text = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => (text += more));
  child.stderr.setEncoding("utf8").on("data", (more: string) => (errors += more));
  const interrupt = async () => {
    child.kill("SIGINT");
    return ended;
  };
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  return { stdout: () => linesOf(text), stderr: () => linesOf(errors), ended, interrupt, kill };
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.trimEnd().split("\n");
}
