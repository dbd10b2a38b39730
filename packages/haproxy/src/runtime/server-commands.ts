import type { Server } from "../config/configuration.ts";
import { commandLine, isWord, serverPath } from "./command-line.ts";
import { serverOfCommand, type ServerCommand } from "./server-command.ts";

/** Runtime commands of one planned change, or why HAProxy's command line cannot be told of it. */
export type CommandLines =
  { readonly ok: true; readonly lines: readonly string[] } | { readonly ok: false; readonly reason: string };

/**
 * Writes a planned change as runtime commands; a server that is to be ready gets this weight. A drained server has
 * weight 0, in the file as at run time: `state drain` would not be undone by a weight, nor weight 0 by `state ready`
 * (docs/decisions/drain-by-weight.md).
 */
export function commandLines(command: ServerCommand, weight: number): CommandLines {
  if (command.do === "add") return addLines(command.listener, command.server, weight);
  const path = serverPath(command.listener, serverOfCommand(command));
  if (!isWord(path)) return { ok: false, reason: `a server's name cannot be sent to HAProxy: ${path}` };
  return { ok: true, lines: changeLines(command.do, path, weight) };
}

/** The weight that a server's own options give it; HAProxy's default is 1. The last one counts. */
export function ownWeight(options: readonly string[]): number {
  const at = options.lastIndexOf("weight");
  const weight = at < 0 ? 1 : Number(options[at + 1]);
  return Number.isInteger(weight) ? weight : 1;
}

function addLines(listener: number, { name, ip, port, options, admin }: Server, ready: number): CommandLines {
  const weight = admin === "drain" ? 0 : ready;
  const path = serverPath(listener, name);
  const address = ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
  const odd = [path, address, ...options].find((word) => !isWord(word));
  if (odd !== undefined) return { ok: false, reason: `server ${path} has a word that only the file can hold: ${odd}` };
  const lines = [
    commandLine("add", "server", path, address, ...options),
    ...(weight === ownWeight(options) ? [] : [commandLine("set", "server", path, "weight", String(weight))]),
    ...(options.includes("check") ? [commandLine("enable", "health", path)] : []),
    ...(options.includes("agent-check") ? [commandLine("enable", "agent", path)] : []),
    commandLine("set", "server", path, "state", "ready"),
  ];
  return { ok: true, lines };
}

function changeLines(change: Exclude<ServerCommand["do"], "add">, path: string, weight: number): readonly string[] {
  const set = (...words: readonly string[]) => commandLine("set", "server", path, ...words);
  if (change === "drain") return [set("weight", "0")];
  if (change === "maint") return [set("state", "maint")];
  if (change === "delete") return [commandLine("del", "server", path)];
  return [set("weight", String(weight)), set("state", "ready")];
}
