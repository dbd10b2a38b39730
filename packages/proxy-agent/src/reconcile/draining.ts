import { frontOf, type Front } from "@fairway/contract";
import {
  diffServers,
  findServer,
  serverPath,
  type Haproxy,
  type Listener,
  type Server,
  type ServerCommand,
  type ServerState,
  type Session,
} from "@fairway/haproxy";
import type { Log } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import { findRenamed, isStillThere } from "../desired/lasting-connections.ts";
import { containerPortOf } from "../desired/server-name.ts";
import { observedServer, type Observed } from "../observed.ts";

/** A server on its way out. */
export type Leaving = {
  readonly listener: Front;
  readonly name: string;
  /** When its sessions are ended, ms of `performance.now()`; undefined: they may last, it only takes no new ones. */
  readonly deadline: number | undefined;
  /** False once only old workers may still have sessions to it. */
  readonly isInWorker: boolean;
};

/** After how long a server that leaves is looked at first: one without sessions is deleted at once. */
const firstStepMs = 10;
/** How often servers are looked at that have sessions and a deadline. */
const dueStepMs = 500;
/**
 * How often servers are looked at that are merely drained: nobody waits for them, and looking at their sessions
 * costs.
 */
const drainedStepMs = 5000;

/** What {@link Draining} works with. */
export type DrainingOptions = {
  readonly haproxy: Pick<Haproxy, "change" | "loads" | "processes" | "sessions" | "endSessions">;
  /** How long sessions to gone servers may last. */
  readonly drainTimeoutMs: number;
  readonly log: Log;
};

/**
 * Servers on their way out, until no worker has sessions to them. Those in `maint`, whose endpoint is gone or no longer
 * at their address, have their sessions ended at a deadline; those in `drain`, whose endpoint is still there and has
 * another server now, keep them.
 */
export class Draining {
  readonly #options: DrainingOptions;
  readonly #leaving = new Map<string, Leaving>();
  /** True while there are some that no step has looked at. */
  #hasNew = false;

  constructor(options: DrainingOptions) {
    this.#options = options;
  }

  /** All of them, by path. */
  get leaving(): ReadonlyMap<string, Leaving> {
    return this.#leaving;
  }

  /** How long to wait for the next step; undefined: none is needed. */
  get stepMs(): number | undefined {
    if (this.#leaving.size === 0) return undefined;
    if (this.#hasNew) return firstStepMs;
    return [...this.#leaving.values()].some(({ deadline }) => deadline !== undefined) ? dueStepMs : drainedStepMs;
  }

  /** Forgets all: there is no worker from before. */
  clear(): void {
    this.#leaving.clear();
  }

  /**
   * Finds which servers of these listeners leave, by what runs and what is served, however that came about; one that is
   * served again stays.
   */
  follow(observed: Observed, served: readonly Listener[]): void {
    this.#keep(observed, new Map(served.map((listener) => [frontOf(listener), listener])));
    for (const { servers, ...listener } of served) {
      const front = frontOf(listener);
      for (const { left, right } of diffServers(observed.listeners.get(front)?.servers ?? [], servers)) {
        if (!left || right || left.admin === "ready") continue;
        const deadline = left.admin === "maint" ? this.#deadline(left) : undefined;
        this.#add({ listener: front, name: left.name, deadline, isInWorker: true });
      }
    }
  }

  /**
   * After a reload: the new worker has none of them. Sessions in the old ones end at the deadline, also those to servers
   * that left with this reload; drained servers keep theirs. `before`: what ran, with HAProxy's own account of it.
   */
  leaveToOldWorkers(before: Observed | undefined, states: readonly ServerState[], served: Desired): void {
    const servers = served.listeners.flatMap((listener) => listener.servers);
    const byEndpoint = new Map(servers.map((server) => [server.endpoint, server]));
    const gone = states.filter((state) => isGone(before, state, byEndpoint));
    const renamed = findRenamed(gone, servers);
    for (const { listener, name } of gone.filter((state) => !renamed.has(state.name))) {
      const deadline = this.#deadline(before && observedServer(before, listener, name));
      this.#add({ listener, name, deadline, isInWorker: true });
    }
    for (const [path, each] of this.#leaving) {
      if (each.deadline === undefined) this.#leaving.delete(path);
      else this.#leaving.set(path, { ...each, isInWorker: false });
    }
    for (const { servers: own, ...listener } of served.listeners)
      for (const { name } of own) this.#leaving.delete(serverPath(frontOf(listener), name));
  }

  /**
   * Takes in servers that old workers still have sessions to and nothing that is served stands behind: an agent that was
   * killed had let them go, and what it knew of them went with it. Rejects when HAProxy does not answer.
   */
  async takeStrays(served: Desired): Promise<void> {
    const { haproxy } = this.#options;
    const { oldWorkers } = await haproxy.processes();
    const found: (readonly Session[])[] = [];
    // One that is ending at this moment ends its sessions itself.
    for (const pid of oldWorkers) found.push(await haproxy.sessions(pid).catch(() => []));
    for (const { listener, server } of strays(found, served))
      this.#add({ listener, name: server, deadline: this.#deadline(), isInWorker: false });
  }

  /**
   * Moves all of them one step on: ends the sessions of overdue ones in every worker, puts drained ones without sessions
   * into maintenance, deletes those that HAProxy lets go. Answers what was deleted. Rejects when HAProxy does not answer.
   */
  async step(now: number): Promise<readonly ServerCommand[]> {
    const { haproxy, log } = this.#options;
    this.#hasNew = false;
    const due = [...this.#leaving.values()].filter(({ deadline }) => deadline !== undefined && deadline <= now);
    const duePaths = new Set(due.map(pathOf));
    await this.#quietDrained();
    const { deleted, kept } = await this.#delete(duePaths);
    const { oldWorkers } = await haproxy.processes();
    const sessionsEnded = duePaths.size === 0 ? 0 : await this.#endOldSessions(oldWorkers, duePaths);
    if (sessionsEnded > 0) log.info({ sessionsEnded }, "sessions to gone servers ended");
    for (const each of deleted) this.#leaving.set(pathOf(each), { ...each, isInWorker: false });
    for (const [path, { deadline, isInWorker }] of this.#leaving) {
      const isOver = deadline === undefined || duePaths.has(path) || oldWorkers.length === 0;
      if (!isInWorker && isOver) this.#leaving.delete(path);
    }
    for (const each of kept) this.#leaving.delete(pathOf(each));
    return deleted.map(({ listener, name }) => ({ do: "delete", listener, name }));
  }

  /** One that leaves already keeps its deadline. */
  #add(leaving: Leaving): void {
    const path = pathOf(leaving);
    const before = this.#leaving.get(path);
    if (!before) this.#hasNew = true;
    this.#leaving.set(path, { ...leaving, deadline: before?.deadline ?? leaving.deadline });
  }

  #keep(observed: Observed, served: ReadonlyMap<Front, Listener>): void {
    for (const [path, { listener, name }] of this.#leaving) {
      const isServed = findServer(served.get(listener)?.servers ?? [], name) !== undefined;
      if (isServed && observedServer(observed, listener, name)) this.#leaving.delete(path);
    }
  }

  #deadline({ drainTimeoutMs = this.#options.drainTimeoutMs }: Pick<Server, "drainTimeoutMs"> = {}): number {
    return performance.now() + drainTimeoutMs;
  }

  /** Drained servers may be deleted once nobody uses them; only then are they put into maintenance. */
  async #quietDrained(): Promise<void> {
    const { haproxy } = this.#options;
    const drained = this.#inWorker().filter(({ deadline }) => deadline === undefined);
    if (drained.length === 0) return;
    const loads = await haproxy.loads([...new Set(drained.map(({ listener }) => listener))]);
    const idle = new Set(loads.filter(({ sessions }) => sessions === 0).map(pathOf));
    const quiet = drained.filter((each) => idle.has(pathOf(each)));
    await haproxy.change(quiet.map(({ listener, name }) => ({ do: "maint", listener, name })));
  }

  /** `kept`: servers that this HAProxy never deletes at run time (another line of the file names them). */
  async #delete(due: ReadonlySet<string>) {
    const all = this.#inWorker();
    const ends = all.filter((each) => due.has(pathOf(each)));
    const outcome = await this.#options.haproxy.change([
      ...ends.map(({ listener, name }): ServerCommand => ({ do: "end-sessions", listener, name })),
      ...all.map(({ listener, name }): ServerCommand => ({ do: "delete", listener, name })),
    ]);
    const kinds = outcome.ok ? outcome.answers.slice(ends.length).map(({ kind }) => kind) : [];
    return {
      deleted: all.filter((_, index) => kinds[index] === "done" || kinds[index] === "missing"),
      kept: all.filter((_, index) => kinds[index] === "refused"),
    };
  }

  async #endOldSessions(workers: readonly number[], due: ReadonlySet<string>): Promise<number> {
    const { haproxy } = this.#options;
    let ended = 0;
    for (const pid of workers) {
      const sessions = await haproxy.sessions(pid).catch(() => []);
      const overdue = sessions.filter(({ listener, server }) => due.has(serverPath(listener, server)));
      const ids = overdue.map(({ id }) => id);
      // The worker may be ending at this moment, and its sessions with it.
      await haproxy.endSessions(pid, ids).catch(() => undefined);
      ended += ids.length;
    }
    return ended;
  }

  #inWorker(): readonly Leaving[] {
    return [...this.#leaving.values()].filter(({ isInWorker }) => isInWorker);
  }
}

function pathOf({ listener, name }: Pick<Leaving, "listener" | "name">): string {
  return serverPath(listener, name);
}

/** Its endpoint is served no more, or not there; one that merely has another server now keeps its sessions. */
function isGone(
  before: Observed | undefined,
  { listener, name }: ServerState,
  byEndpoint: ReadonlyMap<string, Server>,
): boolean {
  const known = before && observedServer(before, listener, name);
  return known !== undefined && known.endpoint !== "" && !isStillThere(known, byEndpoint.get(known.endpoint));
}

/** Of sessions, by worker, one for each server that is not served; another one of the same container's port counts as served. */
export function strays(found: readonly (readonly Session[])[], served: Desired): readonly Session[] {
  const wanted = new Set(
    served.listeners.flatMap(({ servers, ...listener }) =>
      servers.map(({ name }) => `${frontOf(listener)}/${containerPortOf(name)}`),
    ),
  );
  const byServer = new Map(found.flat().map((session) => [serverPath(session.listener, session.server), session]));
  return [...byServer.values()].filter(({ listener, server }) => !wanted.has(`${listener}/${containerPortOf(server)}`));
}
