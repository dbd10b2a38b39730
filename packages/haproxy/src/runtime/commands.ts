import type { Front } from "@fairway/contract";
import type { Server } from "../configuration.ts";
import { serverWords } from "../lines.ts";
import { sectionName } from "../names.ts";
import { ownWeight } from "../server-options.ts";

/**
 * Every command that goes to HAProxy's sockets is written here.
 *
 * Words that may go to HAProxy's command line. What separates commands or words there, or quotes them (`;`, `\`,
 * `<`, `"`, `'`, `#`, blanks, everything outside ASCII), is never part of one.
 */
const word = /^[A-Za-z0-9_.:/@%+=,()[\]{}*~!?&$^|-]+$/;

/** True when a text can be sent as one word, so that it arrives as just that. */
export function isWord(text: string): boolean {
  return word.test(text);
}

/** Joins words to one command line. Throws on a text that is not a word: it could end as another command. */
export function commandLine(...words: readonly string[]): string {
  for (const each of words)
    if (!isWord(each)) throw new Error(`not a word of a runtime command: ${JSON.stringify(each)}`);
  if (words.length === 0) throw new Error("a runtime command needs a word");
  return words.join(" ");
}

/** `<listener>/<server>`, as commands name a server. */
export function serverPath(listener: Front, name: string): string {
  return `${sectionName(listener)}/${name}`;
}

export const showInfo = "show info";
export const showProcesses = "show proc";
export const showServers = "show servers state";
export const showSessions = "show sess";
export const reload = "reload";

export const showBackends = "show backend";
/** Which files of maps a worker has. */
export const showMaps = "show map";

/** What stands in the file of a map. */
export function showMap(path: string): string {
  return commandLine("show", "map", path);
}

/** The servers of a listener, by its section. */
export function showServersOf(section: string): string {
  return commandLine(...showServers.split(" "), section);
}

/** How busy the servers of a listener are, by its section. */
export function showLoad(section: string): string {
  return commandLine("show", "stat", section, "4", "-1");
}

/** What every server has done. */
export const showFigures = "show stat -1 4 -1";

/** What a stick table holds. */
export function showTable(name: string): string {
  return commandLine("show", "table", name);
}

/** Ends one session, by the id that `show sess` gives it. */
export function endSession(id: string): string {
  return commandLine("shutdown", "session", id);
}

/** A file of which HAProxy has what stands in it: networks (`acl`), or keys with values (`map`). */
export type ListFile = { readonly is: "acl" | "map"; readonly path: string };

/** Begins a new version of what stands in a file; the answer tells its number. */
export function prepareList({ is, path }: ListFile): string {
  return commandLine("prepare", is, path);
}

/** Fills a version, which counts from the last of these commands on; each entry is as it stands in the file. */
export function fillList({ is, path }: ListFile, version: string, entries: readonly string[]): readonly string[] {
  const at = `@${version}`;
  const added = entries.map((entry) => commandLine("add", is, at, path, ...entry.split(" ")));
  return [...added, commandLine("commit", is, at, path)];
}

/** A command for one worker, sent through the master. */
export function toWorker(pid: number, command: string): string {
  return `@!${pid} ${command}`;
}

/**
 * One change of one server. `server` is the server as it is afterwards.
 *
 * - `add` takes it in, in the state that its `admin` says; `ready` undoes `drain` and `maint`. Both give it `weight` to
 *   begin with, by default its own. One that starts down is down until its check passes, when it comes out of `maint` too.
 * - `drain` gives it weight 0, as in the file.
 * - `update` gives it another weight or another `maxconn` of its own; connections stay. Without either nothing is sent.
 * - `maint` takes it out; `end-sessions` ends the connections to it; `delete` removes it once it has none.
 */
export type ServerCommand =
  | { readonly do: "add"; readonly listener: Front; readonly server: Server; readonly weight?: number }
  | {
      readonly do: "ready";
      readonly listener: Front;
      readonly server: Server;
      readonly weight?: number;
      /** It was in `maint`. (false) */
      readonly isBack?: boolean;
    }
  | { readonly do: "drain"; readonly listener: Front; readonly server: Server }
  | ServerUpdate
  | { readonly do: "weight"; readonly listener: Front; readonly name: string; readonly weight: number }
  | { readonly do: "maint" | "end-sessions" | "delete"; readonly listener: Front; readonly name: string };

/** A change of a server that goes on as it is otherwise. */
export type ServerUpdate = {
  readonly do: "update";
  readonly listener: Front;
  readonly server: Server;
  readonly weight?: number;
  readonly maxconn?: number;
};

/** The name of the server that a command is about. */
export function serverOfCommand(command: ServerCommand): string {
  return "server" in command ? command.server.name : command.name;
}

/** Runtime commands of one change, or why HAProxy's command line cannot say it. */
export type CommandLines =
  { readonly ok: true; readonly lines: readonly string[] } | { readonly ok: false; readonly reason: string };

/**
 * Writes a change as runtime commands. A drained server has weight 0, in the file as at run time: `state drain` would
 * not be undone by a weight, nor weight 0 by `state ready` (docs/decisions/drain-by-weight.md).
 */
export function commandLines(command: ServerCommand, sectionOf = sectionName): CommandLines {
  const path = `${sectionOf(command.listener)}/${serverOfCommand(command)}`;
  if (command.do === "add") return addLines(path, command.server, command.weight);
  if (!isWord(path)) return { ok: false, reason: `a server's name cannot be sent to HAProxy: ${path}` };
  return { ok: true, lines: changeLines(path, command) };
}

function addLines(path: string, server: Server, first = ownWeight(server.options)): CommandLines {
  const { options, admin } = server;
  const weight = admin === "drain" ? 0 : first;
  const words = serverWords(server);
  // Which one is not told: words of the operator's may be secrets, and reasons are shown.
  if (![path, ...words].every(isWord)) {
    return { ok: false, reason: `server ${path} has a word that only the file can hold` };
  }
  const lines = [
    commandLine("add", "server", path, ...words),
    ...(weight === ownWeight(options) ? [] : [setWeight(path, weight)]),
    ...(options.includes("check") ? [commandLine("enable", "health", path)] : []),
    ...(options.includes("agent-check") ? [commandLine("enable", "agent", path)] : []),
    setState(path, "ready"),
    ...(server.startsDown ? [setDown(path)] : []),
  ];
  return { ok: true, lines };
}

function changeLines(path: string, command: Exclude<ServerCommand, { do: "add" }>): readonly string[] {
  if (command.do === "ready") {
    const { server, weight = ownWeight(server.options), isBack = false } = command;
    const down = isBack && server.startsDown ? [setDown(path)] : [];
    return [setWeight(path, weight), setState(path, "ready"), ...down];
  }
  if (command.do === "drain") return [setWeight(path, 0)];
  if (command.do === "update") return updateLines(path, command);
  if (command.do === "weight") return [setWeight(path, command.weight)];
  if (command.do === "maint") return [setState(path, "maint")];
  if (command.do === "end-sessions") return [commandLine("shutdown", "sessions", "server", path)];
  return [commandLine("del", "server", path)];
}

function updateLines(path: string, { weight, maxconn }: ServerUpdate): readonly string[] {
  return [
    ...(weight === undefined ? [] : [setWeight(path, weight)]),
    ...(maxconn === undefined ? [] : [commandLine("set", "maxconn", "server", path, String(maxconn))]),
  ];
}

function setWeight(path: string, weight: number): string {
  return commandLine("set", "server", path, "weight", String(weight));
}

/** It has been up since the command before, and nothing was done between the two. */
function setDown(path: string): string {
  return commandLine("set", "server", path, "health", "down");
}

function setState(path: string, state: "ready" | "maint"): string {
  return commandLine("set", "server", path, "state", state);
}
