import type { Desired } from "../desired/desired.ts";
import type { Listener } from "@fairway/haproxy";
import { byListener } from "@fairway/haproxy";
import { changedRoster, serverNamed, type Roster } from "@fairway/haproxy";
import { type Plan } from "./plan-result.ts";
import { serverOfCommand, type ServerCommand } from "@fairway/haproxy";
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
  return { port, ssl, settings, servers };
}

/** What runs after these commands; those on a listener or server that does not exist change nothing. */
export function applyCommands(running: Running, commands: readonly ServerCommand[]): Running {
  const listeners = new Map(running.listeners);
  for (const [port, ofListener] of byListener(commands)) {
    const listener = listeners.get(port);
    if (listener) listeners.set(port, { ...listener, servers: applied(listener.servers, ofListener) });
  }
  return { ...running, listeners };
}

/** A later command on a server counts for more than an earlier one. */
function applied(servers: Roster<RunningServer>, commands: readonly ServerCommand[]): Roster<RunningServer> {
  const now = new Map<string, RunningServer | undefined>();
  for (const command of commands) {
    const name = serverOfCommand(command);
    const before = now.has(name) ? now.get(name) : serverNamed(servers, name);
    now.set(name, afterCommand(before, command));
  }
  const put = [...now.values()].filter((server) => server !== undefined);
  return changedRoster(servers, { put, remove: now.keys() });
}

function afterCommand(before: RunningServer | undefined, command: ServerCommand): RunningServer | undefined {
  if (command.do === "add") return command.server;
  if (before === undefined || command.do === "delete") return undefined;
  return "server" in command ? command.server : { ...before, admin: "maint" };
}
