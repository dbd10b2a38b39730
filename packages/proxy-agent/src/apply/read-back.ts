import { isSameIp } from "@fairway/contract";
import { byListener } from "@fairway/haproxy";
import type { Desired } from "../desired/desired.ts";
import type { Listener, Server } from "@fairway/haproxy";
import { rosterOf, serverNamed } from "@fairway/haproxy";
import type { ServerState } from "@fairway/haproxy";
import { ownWeight } from "@fairway/haproxy";
import type { Running, RunningListener, RunningServer } from "../plan/running.ts";

/**
 * What runs, by HAProxy's own account of its servers. HAProxy tells no options: `known` lends them to servers of the
 * same name, which is the same server. Listeners and sections are those of `known`.
 */
export function readBack(known: Running, states: readonly ServerState[]): Running {
  const told = byListener(states);
  const listeners = [...known.listeners.values()].map((listener): readonly [number, RunningListener] => {
    const servers = (told.get(listener.port) ?? []).map((state) =>
      serverOf(state, serverNamed(listener.servers, state.name)),
    );
    return [listener.port, { ...listener, servers: rosterOf(servers) }];
  });
  return { ...known, listeners: new Map(listeners) };
}

/** What an adopted HAProxy runs, before it is known with which settings: a listener for each section with servers. */
export function foundRunning(states: readonly ServerState[]): Running {
  const ports = new Set(states.map(({ listener }) => listener));
  const listeners = [...ports].map((port): readonly [number, RunningListener] => [port, bareListener(port)]);
  return readBack({ sections: undefined, listeners: new Map(listeners) }, states);
}

/** What is desired as if it ran: lends {@link readBack} its options. `also` keeps details of servers on their way out. */
export function knownOf({ sections, listeners }: Desired, also?: Running): Running {
  const known = listeners.map((listener): readonly [number, RunningListener] => {
    return [listener.port, withServers(listener, also?.listeners.get(listener.port))];
  });
  return { sections, listeners: new Map(known) };
}

function withServers({ port, ssl, settings, servers }: Listener, also: RunningListener | undefined): RunningListener {
  return { port, ssl, settings, servers: rosterOf<RunningServer>([...(also?.servers ?? []), ...servers]) };
}

function bareListener(port: number): RunningListener {
  return { port, ssl: false, settings: { addresses: [], bind: [], lines: [] }, servers: [] };
}

function serverOf(state: ServerState, known: RunningServer | undefined): RunningServer {
  const { name, ip, port } = state;
  const details: Omit<Server, "admin"> = known ?? { name, ip, port, options: [], endpoint: "" };
  const isMoved = port !== details.port || !isSameIp(ip, details.ip);
  const admin = adminOf(state, details.options);
  if (known?.admin === admin && !isMoved) return known;
  return { ...details, ...(isMoved ? { ip, port } : {}), admin };
}

/** Weight 0 means drained, unless it is the weight that the server is meant to have. */
function adminOf(
  { isInMaintenance, isDrained, weight }: ServerState,
  options: readonly string[],
): RunningServer["admin"] {
  if (isInMaintenance) return "maint";
  return isDrained || (weight === 0 && ownWeight(options) !== 0) ? "drain" : "ready";
}
