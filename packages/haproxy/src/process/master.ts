import { commandLine } from "../runtime/command-line.ts";
import { parseShowProc, type Processes } from "../tables/show-proc.ts";
import { exchange } from "../runtime/unix-exchange.ts";

/** The master's own socket (`-S`). */
export type MasterSocket = { readonly path: string; readonly timeoutMs: number };

/** The master, its workers and its old workers. Rejects when no master answers. */
export async function showProc(master: MasterSocket): Promise<Processes> {
  return parseShowProc(await askMaster(master, "show proc"));
}

/**
 * Asks for a reload and returns the answer: empty from 2.6, which answers before it begins; the new worker's start-up
 * log from 3.0. Either way `show proc` tells how it went.
 */
export async function requestReload(master: MasterSocket): Promise<string> {
  return askMaster(master, "reload");
}

/** One command to one worker, old or current, through the master. */
export async function askWorkerByPid(master: MasterSocket, pid: number, command: string): Promise<string> {
  return askMaster(master, `@!${pid} ${command}`);
}

/** Many commands to one worker over one connection; what it answers is of no interest. */
export async function tellWorkerByPid(master: MasterSocket, pid: number, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  const lines = commands.map((command) => checked(`@!${pid} ${command}`));
  await exchange({ ...master, text: ["prompt", ...lines, "quit", ""].join("\n"), isHalfClosed: true });
}

async function askMaster(master: MasterSocket, command: string): Promise<string> {
  return (await exchange({ ...master, text: `${checked(command)}\n`, isHalfClosed: true })).trim();
}

/** The last gate: nothing unchecked reaches a socket. */
function checked(command: string): string {
  return commandLine(...command.split(" "));
}
