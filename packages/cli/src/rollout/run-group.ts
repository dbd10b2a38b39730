import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** What a program printed; `isDone`: it ended with 0. */
export type Ran = { readonly isDone: boolean; readonly stdout: string; readonly stderr: string };

/** How long Compose has to end once it is interrupted, before it is killed. */
const killMs = 10_000;

/**
 * Runs a program in a process group of its own: Ctrl-C is for us, who tell it. A signal that aborts interrupts the group, and
 * kills what of it does not end by that.
 */
export async function runGroup(
  [file = "", ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  afterMs = killMs,
): Promise<Ran> {
  if (signal.aborted) return { isDone: false, stdout: "", stderr: "" };
  const child = spawn(file, args, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let late: NodeJS.Timeout | undefined;
  const interrupt = () => {
    signalGroup(child.pid, "SIGINT");
    late = setTimeout(() => signalGroup(child.pid, "SIGKILL"), afterMs);
  };
  signal.addEventListener("abort", interrupt);
  try {
    const ended = once(child, "close");
    const [stdout, stderr, [code]] = (await Promise.all([text(child.stdout), text(child.stderr), ended])) as [
      string,
      string,
      [number | null],
    ];
    return { isDone: code === 0, stdout, stderr };
  } catch (error) {
    return { isDone: false, stdout: "", stderr: String(error) };
  } finally {
    clearTimeout(late);
    signal.removeEventListener("abort", interrupt);
  }
}

/** As a terminal does: older docker leaves the plugin that does its work alone when it alone is interrupted. */
function signalGroup(leader: number | undefined, name: "SIGINT" | "SIGKILL"): void {
  try {
    if (leader !== undefined) process.kill(-leader, name);
  } catch {
    // It has ended.
  }
}
