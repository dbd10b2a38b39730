import { commandLine, serverPath } from "@fairway/haproxy";
import type { ServerState } from "@fairway/haproxy";
import { serverNamed, type Roster } from "@fairway/haproxy";
import { serverOfCommand, type ServerCommand } from "@fairway/haproxy";
import { runningServer, type Running, type RunningServer } from "../plan/running.ts";
import { ownWeight } from "@fairway/haproxy";

/** A server whose weight grows to its own. */
export type Ramp = {
  readonly listener: number;
  readonly name: string;
  /** When it had no weight, ms of `performance.now()`. */
  readonly since: number;
};

/** Servers that ramp up, by path. A value: every change gives a new one. */
export type Ramps = ReadonlyMap<string, Ramp>;

export const noRamps: Ramps = new Map();

/** The share of its weight that a server begins with. */
const firstShare = 0.05;

/** The weight of a server that takes `slowStartMs` to come to its own, so long after its arrival: at least 1. */
export function rampedWeight(own: number, elapsedMs: number, slowStartMs: number): number {
  const share = slowStartMs > 0 ? Math.max(firstShare, Math.min(1, elapsedMs / slowStartMs)) : 1;
  return Math.min(own, Math.max(1, Math.round(own * share)));
}

/** How long to wait between two steps of a ramp: at most fifty of them, and not more than ten a second. */
export function rampStepMs(slowStartMs: number): number {
  return Math.max(100, slowStartMs / 50);
}

/** True for a change by which a server arrives beside others: it is new, or returns from maintenance. */
export function isArrival({ listeners }: Running, command: ServerCommand): boolean {
  const servers = listeners.get(command.listener)?.servers ?? [];
  if (command.do === "add") return command.server.admin === "ready" && hasReady(servers);
  return command.do === "ready" && serverNamed(servers, command.server.name)?.admin === "maint" && hasReady(servers);
}

/** Commands that were carried out, and what ran before them. */
export type Arrived = { readonly before: Running; readonly commands: readonly ServerCommand[]; readonly now: number };

/** Takes in those who have arrived. */
export function begunRamps(ramps: Ramps, { before, commands, now }: Arrived): Ramps {
  const arrivals = commands.filter((command) => isArrival(before, command));
  if (arrivals.length === 0) return ramps;
  const all = new Map(ramps);
  for (const command of arrivals) {
    const { listener } = command;
    const name = serverOfCommand(command);
    all.set(serverPath(listener, name), { listener, name, since: now });
  }
  return all;
}

/** The ramps that HAProxy's own account shows: servers that have not the weight that they are meant to have. */
export function foundRamps(
  running: Running,
  states: readonly ServerState[],
  { now, slowStartMs }: { readonly now: number; readonly slowStartMs: number },
): Ramps {
  const found = states.flatMap(({ listener, name, weight }): readonly (readonly [string, Ramp])[] => {
    const server = runningServer(running, listener, name);
    const own = ownWeight(server?.options ?? []);
    if (server?.admin !== "ready" || weight === own) return [];
    return [[serverPath(listener, name), { listener, name, since: now - slowStartMs * Math.min(1, weight / own) }]];
  });
  return new Map(found);
}

/** What to send for the next step of all ramps, and those that are not over with it. */
export function nextStep(
  ramps: Ramps,
  running: Running,
  { now, slowStartMs }: { readonly now: number; readonly slowStartMs: number },
): { readonly lines: readonly string[]; readonly ramps: Ramps } {
  const lines: string[] = [];
  const going = new Map<string, Ramp>();
  for (const [path, ramp] of ramps) {
    const server = runningServer(running, ramp.listener, ramp.name);
    if (server?.admin !== "ready") continue;
    const own = ownWeight(server.options);
    const weight = rampedWeight(own, now - ramp.since, slowStartMs);
    lines.push(commandLine("set", "server", path, "weight", String(weight)));
    if (weight < own) going.set(path, ramp);
  }
  return { lines, ramps: going };
}

function hasReady(servers: Roster<RunningServer>): boolean {
  return servers.some(({ admin }) => admin === "ready");
}
