import type { Desired, Listener } from "../desired/desired.ts";
import type { Plan, ServerCommand } from "./plan-result.ts";
import type { Running, RunningListener, RunningServer } from "./running.ts";

/** What runs after a plan was carried out without fault. A reload leaves exactly what is desired. */
export function applyPlan(running: Running, desired: Desired, plan: Plan): Running {
  if (plan.kind === "none") return running;
  return plan.kind === "reload" ? runningOf(desired) : applyCommands(running, plan.commands);
}

/** A worker that was just started with the desired configuration. */
export function runningOf({ sections, listeners }: Desired): Running {
  return { sections, listeners: new Map(listeners.map((listener) => [listener.port, runningListenerOf(listener)])) };
}

function runningListenerOf({ port, ssl, settings, servers }: Listener): RunningListener {
  return { port, ssl, settings, servers: new Map(servers.map((server) => [server.name, server])) };
}

/** What runs after these commands; those on a listener or server that does not exist change nothing. */
export function applyCommands(running: Running, commands: readonly ServerCommand[]): Running {
  const listeners = new Map(running.listeners);
  for (const port of new Set(commands.map(({ listener }) => listener))) {
    const listener = listeners.get(port);
    if (!listener) continue;
    const servers = new Map(listener.servers);
    for (const command of commands) if (command.listener === port) applyCommand(servers, command);
    listeners.set(port, { ...listener, servers });
  }
  return { ...running, listeners };
}

function applyCommand(servers: Map<string, RunningServer>, command: ServerCommand): void {
  if (command.do === "add") {
    servers.set(command.server.name, command.server);
    return;
  }
  const server = servers.get(command.name);
  if (command.do === "delete") servers.delete(command.name);
  else if (server) servers.set(command.name, { ...server, admin: command.do });
}
