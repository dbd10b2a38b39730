import { frontOf, type Front } from "@fairway/contract";
import {
  isAskedForRoles,
  isDown,
  serverPath,
  type Haproxy,
  type Listener,
  type ServerState,
  type Session,
} from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import { isForOne } from "../desired/role-lines.ts";

/** What {@link LostRoles} works with. */
export type LostRolesOptions = {
  readonly haproxy: Pick<Haproxy, "servers" | "loads" | "info" | "processes" | "sessions" | "endSessions">;
  /** How long from one look to the next. (500 ms) */
  readonly everyMs?: number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** How often servers that are checked by role are looked at. */
const lookEveryMs = 500;

/**
 * Servers that live and have lost their role: HAProxy sends them no new connections, and connections that they have are
 * ended here in every worker, for their clients would go on writing to what is a replica now. Looks while a listener is
 * checked by role, at those listeners alone. HAProxy's own `on-marked-down shutdown-sessions` would end connections that
 * wait as well.
 */
export class LostRoles {
  readonly #options: LostRolesOptions;
  readonly #queue: WorkQueue<"look">;
  #ports: readonly Front[] = [];
  /** Ports where one server serves alone. */
  #forOne: ReadonlySet<Front> = new Set();
  /** Ports of PostgreSQL: a server that loses its role there ends its connections itself, and one may merely not be known. */
  #foundByAsking: ReadonlySet<Front> = new Set();
  /** Those that had lost it at the last look, by path. */
  #lost: ReadonlySet<string> = new Set();
  #notes: readonly string[] = [];
  #sessionsEnded = 0;

  constructor(options: LostRolesOptions) {
    const { log, signal } = options;
    this.#options = options;
    this.#queue = new WorkQueue<"look">({
      work: () => this.#look(),
      onError: (_, error, failures) => {
        if (failures === 1) log.warn({ error: String(error) }, "roles of servers cannot be looked at now");
      },
      signal,
    });
  }

  /** How many connections were ended. */
  get sessionsEnded(): number {
    return this.#sessionsEnded;
  }

  /** Listeners where several servers have the role that one should have, as sentences. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  /** What HAProxy runs. */
  follow({ listeners }: Desired): void {
    const byRole = listeners.filter(isByRole);
    this.#ports = byRole.map(frontOf);
    this.#foundByAsking = new Set(byRole.filter(isAskedForRoles).map(frontOf));
    this.#forOne = new Set(byRole.filter(isForOne).map(frontOf));
    if (this.#ports.length > 0) this.#queue.add("look");
    else this.#notes = [];
  }

  async #look(): Promise<void> {
    if (this.#ports.length === 0) return;
    this.#queue.addAfter("look", this.#options.everyMs ?? lookEveryMs);
    const servers = await this.#options.haproxy.servers(this.#ports);
    this.#note(servers);
    const lost = servers.filter((server) => hasLostRole(server) && !this.#foundByAsking.has(server.listener));
    const fresh = lost.filter((server) => !this.#lost.has(pathOf(server)));
    const ended = (await this.#endInWorker(lost)) + (await this.#endInOldWorkers(fresh));
    this.#lost = new Set(lost.map(pathOf));
    if (ended === 0) return;
    this.#sessionsEnded += ended;
    this.#options.log.info({ sessionsEnded: ended }, "sessions to servers that lost their role ended");
  }

  /**
   * Ends what a server had before it was seen without its role, not all that it has: it may get the role back at any
   * moment, and connections that waited for it.
   */
  async #endInWorker(lost: readonly ServerState[]): Promise<number> {
    if (lost.length === 0) return 0;
    const { haproxy } = this.#options;
    const loads = await haproxy.loads(listenersOf(lost));
    const used = new Set(loads.filter(({ sessions }) => sessions > 0).map(pathOf));
    const leaving = new Set(lost.map(pathOf).filter((path) => used.has(path)));
    if (leaving.size === 0) return 0;
    const { pid } = await haproxy.info();
    const sessions = await haproxy.sessions(pid);
    const servers = await haproxy.servers(listenersOf(lost));
    const stillDown = servers.filter(isDown).map(pathOf);
    return this.#end(pid, sessions, new Set(stillDown.filter((path) => leaving.has(path))));
  }

  /** An old worker does not check its servers any more. */
  async #endInOldWorkers(fresh: readonly ServerState[]): Promise<number> {
    if (fresh.length === 0) return 0;
    const { haproxy } = this.#options;
    const paths = new Set(fresh.map(pathOf));
    const { oldWorkers } = await haproxy.processes();
    let ended = 0;
    for (const pid of oldWorkers) {
      // One that is ending at this moment ends its sessions itself.
      const sessions = await haproxy.sessions(pid).catch(() => []);
      ended += await this.#end(pid, sessions, paths).catch(() => 0);
    }
    return ended;
  }

  async #end(pid: number, sessions: readonly Session[], paths: ReadonlySet<string>): Promise<number> {
    const ending = sessions.filter(({ listener, server }) => paths.has(serverPath(listener, server)));
    const ids = ending.map(({ id }) => id);
    await this.#options.haproxy.endSessions(pid, ids);
    return ids.length;
  }

  /** HAProxy goes on with the one that is used; nobody else can tell which of them is right. */
  #note(servers: readonly ServerState[]): void {
    const before = this.#notes;
    this.#notes = [...this.#forOne].flatMap((port) => {
      const up = servers.filter(({ listener, isUp }) => listener === port && isUp).map(({ name }) => name);
      return up.length < 2
        ? []
        : [`port ${port}: several servers are primary: ${up.join(", ")}; the one in use is kept`];
    });
    for (const note of this.#notes) if (!before.includes(note)) this.#options.log.warn({ note }, "several primaries");
  }
}

function isByRole({ servers }: Listener): boolean {
  return servers.some(({ startsDown }) => startsDown);
}

/** It lives, and says that it has another role. */
function hasLostRole(server: ServerState): boolean {
  return isDown(server) && server.isAnsweringOtherwise === true;
}

function listenersOf(servers: readonly ServerState[]): readonly Front[] {
  return [...new Set(servers.map(({ listener }) => listener))];
}

function pathOf({ listener, name }: Pick<ServerState, "listener" | "name">): string {
  return serverPath(listener, name);
}
