import { alignColumns } from "@fairway/contract";
import { stateOf } from "./server-state.ts";
import type { ShownListener } from "./server-state.ts";

const head = ["listener", "server", "address", "state", "connections"];

/** Listeners and servers as rows of a table, ready to be printed. */
export function table(listeners: readonly ShownListener[]): string {
  const rows = listeners.flatMap(rowsOf);
  return alignColumns([head, ...rows])
    .map((line) => `  ${line}`)
    .join("\n");
}

/** What makes a table worth printing anew: who is there and in which state, not how busy or how far a check has come. */
export function shape(listeners: readonly ShownListener[]): string {
  return JSON.stringify(
    listeners.map(({ port, servers }) => [port, servers.map((server) => [server.name, stateOf(server)])]),
  );
}

function rowsOf({ port, servers }: ShownListener): readonly (readonly string[])[] {
  const listener = `127.0.0.1:${port}`;
  if (servers.length === 0) return [[listener, "–", "", "no server yet", ""]];
  return servers.map((server, n) => [
    n === 0 ? listener : "",
    server.name,
    `${server.ip}:${server.port}`,
    stateOf(server),
    String(server.sessions.total),
  ]);
}
