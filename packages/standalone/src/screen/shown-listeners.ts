import { join } from "node:path";
import { ask } from "../haproxy/ask.ts";
import { listenersOf } from "../haproxy/listeners.ts";
import type { ShownListener } from "./server-state.ts";

/** Where the proxy of this machine is asked. */
export type ShownProxy = {
  /** STATE_DIR of the agent. */
  readonly stateDir: string;
  /** Of the agent's ADMIN_LISTEN. */
  readonly agentPort: number;
};

/**
 * What HAProxy holds now, with the agent's word on servers that are given no new connections: HAProxy does not know why.
 * Throws when HAProxy does not answer; without the agent its word is left out.
 */
export async function shownListeners({ stateDir, agentPort }: ShownProxy): Promise<readonly ShownListener[]> {
  const listeners = listenersOf(await ask(join(stateDir, "haproxy.sock"), "show stat"));
  if (!listeners.some(({ servers }) => servers.some(({ admin }) => admin === "drain"))) return listeners;
  const states = await endpointStates(agentPort).catch(() => new Map<string, string>());
  return listeners.map(({ servers, ...listener }) => {
    return { ...listener, servers: servers.map((server) => ({ ...server, endpoint: states.get(server.name) })) };
  });
}

/** The part of the agent's `/status` that is read here. */
type Status = {
  readonly listeners: readonly {
    readonly servers: readonly { readonly name: string; readonly state: string | null }[];
  }[];
};

/** States of endpoints by the names of their servers. */
async function endpointStates(agentPort: number): Promise<ReadonlyMap<string, string>> {
  const response = await fetch(`http://127.0.0.1:${agentPort}/status`, { signal: AbortSignal.timeout(2000) });
  const { listeners } = (await response.json()) as Status;
  const servers = listeners.flatMap((listener) => listener.servers);
  return new Map(servers.flatMap(({ name, state }) => (state === null ? [] : [[name, state]])));
}
