import { connect } from "node:net";
import { parseShowProc, type Processes } from "../tables/show-proc.ts";
import { commandLine, reload, showProcesses, toWorker } from "./commands.ts";

/** One of HAProxy's sockets: the admin stats socket (`stats socket … level admin`) or the master's (`-S`). */
export type Socket = { readonly path: string; readonly timeoutMs: number };

const prompt = "\n> ";
/** What HAProxy writes for each line of a payload. */
const payloadPrompts = /^(\+ )+/;

/** A line for HAProxy's command line; with a payload, which ends where an empty line does. */
export type SocketCommand = string | { readonly line: string; readonly payload: string };

/**
 * Sends commands over one new connection to the admin socket and returns one answer for each, in order, without
 * surrounding blanks. All answers come from one worker: the one that is current when the connection opens. A new
 * connection each time, because one opened before a reload stays with the old worker. Interactive mode marks where each
 * answer ends; batches joined by `;` do not (an error may or may not end in an empty line).
 * Throws on a command that `commandLine` would not make, and on a payload that is no PEM. Rejects when HAProxy does not
 * answer every command.
 */
export async function askWorker(socket: Socket, commands: readonly SocketCommand[]): Promise<readonly string[]> {
  if (commands.length === 0) return [];
  const raw = await exchange(socket, ["prompt", ...commands.map(textOf), "quit", ""].join("\n"), false);
  const answers = raw.split(prompt).slice(1, commands.length + 1);
  if (answers.length < commands.length) {
    throw new Error(`${socket.path} answered ${answers.length} of ${commands.length} commands`);
  }
  return answers.map((answer) => answer.replace(payloadPrompts, "").trim());
}

/** The master, its workers and its old workers. Rejects when no master answers. */
export async function showProc(master: Socket): Promise<Processes> {
  return parseShowProc(await askMaster(master, showProcesses));
}

/**
 * Asks for a reload and returns the answer: empty from 2.6, which answers before it begins; the new worker's start-up
 * log from 3.0. Either way `show proc` tells how it went.
 */
export function requestReload(master: Socket): Promise<string> {
  return askMaster(master, reload);
}

/** One command to one worker, old or current, through the master. */
export function askWorkerByPid(master: Socket, pid: number, command: string): Promise<string> {
  return askMaster(master, toWorker(pid, command));
}

/** Many commands to one worker over one connection; what it answers is of no interest. */
export async function tellWorkerByPid(master: Socket, pid: number, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  const lines = commands.map((command) => checked(toWorker(pid, command)));
  await exchange(master, ["prompt", ...lines, "quit", ""].join("\n"), true);
}

async function askMaster(master: Socket, command: string): Promise<string> {
  return (await exchange(master, `${checked(command)}\n`, true)).trim();
}

function textOf(command: SocketCommand): string {
  if (typeof command === "string") return checked(command);
  return `${checked(command.line)} <<\n${checkedPayload(command.payload)}\n`;
}

const payloadLine = /^[A-Za-z0-9+/=]+$|^-----(BEGIN|END) [A-Z ]+-----$/;

/** A payload is PEM: no line of it is empty, and none is a command. */
function checkedPayload(payload: string): string {
  if (!payload.split("\n").every((line) => payloadLine.test(line))) throw new Error("a payload that is no PEM");
  return payload;
}

/** The last gate: nothing unchecked reaches a socket. */
function checked(command: string): string {
  return commandLine(...command.split(" "));
}

/**
 * Sends text over a new connection and resolves with everything that came back until the other side hung up, which
 * the last line of the text should make it do; `isHalfClosed` ends our side after the text, as `socat` does.
 * Rejects when nobody listens, the connection breaks, or nothing moves for the socket's `timeoutMs`.
 */
function exchange({ path, timeoutMs }: Socket, text: string, isHalfClosed: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const chunks: Buffer[] = [];
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`${path} gave no answer within ${timeoutMs} ms`)));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("error", reject);
    socket.once("close", () => resolve(Buffer.concat(chunks).toString("utf8")));
    if (isHalfClosed) socket.end(text);
    else socket.write(text);
  });
}
