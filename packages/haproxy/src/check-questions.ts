import type { Line, Listener } from "./configuration.ts";
import { ownLine, quotedWord } from "./lines.ts";
import type { RenderOptions } from "./render-options.ts";

/** How the path begins over which HAProxy asks itself, in the line of a check. */
const askItself = "tcp-check connect addr unix@";

const logIn = "tcp-check send-binary-lf ";

/** True for a listener whose checks log in by the map of logins. */
export function hasLogins({ settings: { lines = [] } }: Pick<Listener, "settings">): boolean {
  return lines.some(({ text }) => text.startsWith(logIn));
}

/**
 * Lines of a check that redis' own lines follow: a login with the password of the server that is checked, as the map in a
 * file has it; of one that is not in it a PING, whose answer is as good. What it answers is not judged: a wrong password
 * shows in what follows.
 */
export function loginLines(file: string): readonly Line[] {
  return [
    `${logIn}%[srv_name,map(${quotedWord(file)},50494E470D0A)]`,
    "tcp-check expect min-recv 5 rbinary ^2[BD]",
  ].map(ownLine);
}

/** What the map of logins has for a server: the command by which redis is told a password, in hexadecimal. */
export function loginEntry(server: string, password: string): string {
  const words = ["AUTH", password].map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `${server} ${Buffer.from(`*2\r\n${words.join("")}`)
    .toString("hex")
    .toUpperCase()}`;
}

/**
 * Lines that end a check: whether the server that is checked has a role, which HAProxy asks itself over a socket. So a role
 * stays what it was while nobody tells HAProxy another, and who does not answer the lines before is down all the same.
 */
export function roleQuestion(role: string, socket: string): readonly Line[] {
  return [
    `${askItself}${quotedWord(socket)}`,
    'tcp-check send-lf "GET /%[srv_name] HTTP/1.0\\r\\n\\r\\n"',
    `tcp-check expect rstring ${role}$`,
  ].map(ownLine);
}

/** What the map of roles has for a server. */
export function roleEntry(server: string, role: string): string {
  return `/${server} ${role}`;
}

/** How long roles hold that no agent has refreshed: then no server has one. */
export const rolesHoldMs = 600_000;

/** The key of the moment at which an agent last refreshed them, beside those of servers, which begin with a slash. */
const refreshedKey = "refreshed";

/** What the map of roles has for the moment at which an agent last refreshed them, ms since 1970. */
export function refreshedEntry(atMs: number): string {
  return `${refreshedKey} ${Math.floor(atMs / 1000)}`;
}

/** When entries of the map of roles were last refreshed, ms since 1970; undefined: they do not say. */
export function refreshedIn(entries: readonly string[]): number | undefined {
  const refreshed = entries.find(isRefreshedEntry);
  return refreshed === undefined ? undefined : Number(refreshed.slice(refreshedKey.length)) * 1000;
}

/** True for the entry of that moment. */
export function isRefreshedEntry(entry: string): boolean {
  return entry.startsWith(`${refreshedKey} `);
}

/** True for a listener whose servers have a role by the map of roles. */
export function isAskedForRoles({ settings: { lines = [] } }: Pick<Listener, "settings">): boolean {
  return lines.some(({ text }) => text.startsWith(askItself));
}

/** Where HAProxy answers itself which roles servers have, by a map in a file, as long as they hold. */
export function rolesLines(
  listeners: readonly Listener[],
  { rolesSocket, rolesFile }: Pick<RenderOptions, "rolesSocket" | "rolesFile">,
): readonly Line[] {
  if (!listeners.some(isAskedForRoles)) return [];
  const map = `map(${quotedWord(rolesFile)})`;
  return [
    "frontend fairway_roles",
    "    mode http",
    `    bind unix@${quotedWord(rolesSocket)} mode 600`,
    "    no log",
    "    timeout client 1s",
    "    timeout http-request 1s",
    `    http-request set-var(txn.refreshed) str(${refreshedKey}),${map},add(0)`,
    `    http-request deny if { date,sub(txn.refreshed) gt ${rolesHoldMs / 1000} }`,
    `    http-request return status 200 content-type text/plain lf-string "%[path,${map}]"`,
  ].map(ownLine);
}
