import { commandLine } from "./command-line.ts";
import { exchange } from "./unix-exchange.ts";

/** HAProxy's admin stats socket (`stats socket … level admin`). */
export type RuntimeSocket = { readonly path: string; readonly timeoutMs: number };

const prompt = "\n> ";

/**
 * Sends commands over one new connection and returns one answer for each, in order, without surrounding blanks.
 * All answers come from one worker: the one that is current when the connection opens. A new connection each time,
 * because one opened before a reload stays with the old worker. Interactive mode marks where each answer ends; batches
 * joined by `;` do not (an error may or may not end in an empty line).
 * Throws on a command that `commandLine` would not make. Rejects when HAProxy does not answer every command.
 */
export async function askWorker(socket: RuntimeSocket, commands: readonly string[]): Promise<readonly string[]> {
  if (commands.length === 0) return [];
  const text = ["prompt", ...commands.map(checked), "quit", ""].join("\n");
  const raw = await exchange({ ...socket, text, isHalfClosed: false });
  const answers = raw.split(prompt).slice(1, commands.length + 1);
  if (answers.length < commands.length) {
    throw new Error(`${socket.path} answered ${answers.length} of ${commands.length} commands`);
  }
  return answers.map((answer) => answer.trim());
}

/** The last gate: nothing unchecked reaches a socket. */
function checked(command: string): string {
  return commandLine(...command.split(" "));
}
