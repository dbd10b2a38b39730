import type { Front } from "@fairway/contract";
import {
  ownWeight,
  serverPath,
  findServer,
  type ServerCommand,
  type ServerState,
  type SortedServers,
} from "@fairway/haproxy";
import { observedServer, type Observed, type ObservedServer } from "../observed.ts";

/** A server whose weight grows to its own. */
export type SlowStarting = {
  readonly listener: Front;
  readonly name: string;
  /** When it had no weight, ms of `performance.now()`. */
  readonly since: number;
  /** How long it takes to come to its weight. */
  readonly slowStartMs: number;
};

/** One step: what to send, and the servers that are not over with it. */
export type SlowStartStep = {
  readonly commands: readonly ServerCommand[];
  readonly servers: ReadonlyMap<string, SlowStarting>;
};

/** The share of its weight that a server begins with. */
const firstShare = 0.05;

/** In how many steps the quickest of them comes to its weight, unless they would be closer than {@link leastStepMs}. */
const mostSteps = 50;

/** How much time there is at least between two steps of servers that start slowly (SLOW_START). */
const leastStepMs = 100;

/** The weight of a server that takes `slowStartMs` to come to its own, so long after its arrival: at least 1. */
export function slowStartWeight(own: number, elapsedMs: number, slowStartMs: number): number {
  const share = slowStartMs > 0 ? Math.max(firstShare, Math.min(1, elapsedMs / slowStartMs)) : 1;
  return Math.min(own, Math.max(1, Math.round(own * share)));
}

/** Gives servers that arrive beside others their weight step by step (SLOW_START). */
export class SlowStart {
  readonly #slowStartMs: number;
  #servers: ReadonlyMap<string, SlowStarting> = new Map();

  /** `slowStartMs`: how long servers that do not say it themselves take to come to their weight; 0: they have it at once. */
  constructor(slowStartMs: number) {
    this.#slowStartMs = slowStartMs;
  }

  /** The servers that have not come to their weight yet, by path. */
  get servers(): ReadonlyMap<string, SlowStarting> {
    return this.#servers;
  }

  /** How long to wait for the next step; undefined: none is needed. */
  get stepMs(): number | undefined {
    const quickestMs = Math.min(...[...this.#servers.values()].map(({ slowStartMs }) => slowStartMs));
    return this.#servers.size === 0 ? undefined : Math.max(leastStepMs, quickestMs / mostSteps);
  }

  /** The same commands, by which servers that arrive begin with little weight, and those on their way go on with it. */
  withFirstWeights(observed: Observed, commands: readonly ServerCommand[], now: number): readonly ServerCommand[] {
    return commands.map((command) => {
      if (command.do !== "add" && command.do !== "ready" && command.do !== "update") return command;
      const { server, listener } = command;
      const slowStartMs = this.#timeOf(server);
      if (slowStartMs <= 0 || (command.do === "update" && command.weight === undefined)) return command;
      const since = isArrival(observed, command) ? now : this.#servers.get(serverPath(listener, server.name))?.since;
      if (since === undefined) return command;
      return { ...command, weight: slowStartWeight(ownWeight(server.options), now - since, slowStartMs) };
    });
  }

  /** Takes in the servers that have arrived by these commands; `before`: what ran before them. */
  begin(before: Observed, commands: readonly ServerCommand[], now: number): void {
    const begun = commands.flatMap((command): readonly (readonly [string, SlowStarting])[] => {
      if (command.do !== "add" && command.do !== "ready") return [];
      const { server, listener } = command;
      const slowStartMs = this.#timeOf(server);
      if (slowStartMs <= 0 || !isArrival(before, command)) return [];
      return [[serverPath(listener, server.name), { listener, name: server.name, since: now, slowStartMs }]];
    });
    if (begun.length > 0) this.#servers = new Map([...this.#servers, ...begun]);
  }

  /** Goes on with servers that HAProxy says have not the weight that they are meant to have, whoever gave it to them. */
  resume(observed: Observed, states: readonly ServerState[], now: number): void {
    const found = states.flatMap(({ listener, name, weight }): readonly (readonly [string, SlowStarting])[] => {
      const server = observedServer(observed, listener, name);
      const own = ownWeight(server?.options ?? []);
      if (server?.admin !== "ready" || weight === own) return [];
      const slowStartMs = this.#timeOf(server);
      const since = now - slowStartMs * Math.min(1, weight / own);
      return [[serverPath(listener, name), { listener, name, since, slowStartMs }]];
    });
    this.#servers = new Map(found);
  }

  /** Forgets all: no worker has begun with any of them. */
  clear(): void {
    this.#servers = new Map();
  }

  /** What gives all of them a little more weight; {@link advance} takes the step once HAProxy has taken the commands. */
  next(observed: Observed, now: number): SlowStartStep {
    const commands: ServerCommand[] = [];
    const servers = new Map<string, SlowStarting>();
    for (const [path, each] of this.#servers) {
      const { listener, name, since } = each;
      const server = observedServer(observed, listener, name);
      if (server?.admin !== "ready") continue;
      const own = ownWeight(server.options);
      const weight = slowStartWeight(own, now - since, this.#timeOf(server));
      commands.push({ do: "weight", listener, name, weight });
      if (weight < own) servers.set(path, each);
    }
    return { commands, servers };
  }

  advance({ servers }: SlowStartStep): void {
    this.#servers = servers;
  }

  #timeOf({ slowStartMs = this.#slowStartMs }: Pick<ObservedServer, "slowStartMs">): number {
    return slowStartMs;
  }
}

/** True for a change by which a server arrives beside others: it is new, or returns from maintenance. */
function isArrival({ listeners }: Observed, command: ServerCommand): boolean {
  const servers = listeners.get(command.listener)?.servers ?? [];
  if (command.do === "add") return command.server.admin === "ready" && hasReady(servers);
  return command.do === "ready" && findServer(servers, command.server.name)?.admin === "maint" && hasReady(servers);
}

function hasReady(servers: SortedServers<ObservedServer>): boolean {
  return servers.some(({ admin }) => admin === "ready");
}
