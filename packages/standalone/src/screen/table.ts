import type { SeenListener } from "../haproxy/listeners.ts";

const head = ["listener", "server", "address", "state", "connections"];

/** Listeners and servers as rows of a table, ready to be printed. */
export function table(listeners: readonly SeenListener[]): string {
  const rows = listeners.flatMap(rowsOf);
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return lines.map((line) => `  ${line.trimEnd()}`).join("\n");
}

/** What makes a table worth printing anew: who is there and in which state, not how busy or how far a check has come. */
export function shape(listeners: readonly SeenListener[]): string {
  return JSON.stringify(listeners.map(({ port, servers }) => [port, servers.map(stateOf)]));
}

/** `UP 1/3` is UP, on the way to being called DOWN or to being sure. */
function stateOf({ name, status }: SeenListener["servers"][number]): readonly string[] {
  return [name, status.replace(/ \d+\/\d+$/, "")];
}

function rowsOf({ port, status, servers }: SeenListener): readonly (readonly string[])[] {
  const listener = `127.0.0.1:${port}`;
  if (servers.length === 0) return [[listener, "–", "", status, ""]];
  return servers.map(({ name, ip, port: serverPort, status, admin, sessions }, n) => [
    n === 0 ? listener : "",
    name,
    `${ip}:${serverPort}`,
    admin === "ready" ? status : `${status} (${admin})`,
    String(sessions.total),
  ]);
}
