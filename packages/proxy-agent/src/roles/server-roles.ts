import { isDeepStrictEqual } from "node:util";
import { parseEndpointKey, type Role } from "@fairway/contract";
import {
  hasLogins,
  isAskedForRoles,
  loginEntry,
  roleEntry,
  rolesHoldMs,
  type Haproxy,
  type Listener,
  type Server,
} from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { Desired } from "../desired/desired.ts";
import type { StatePaths } from "../files/state-dir.ts";
import { CheckMap, refreshEveryMs } from "./check-map.ts";
import type { CheckSecrets, NamedService } from "./check-secrets.ts";
import { PostgresSession } from "./postgres-session.ts";

/** How many servers are told of whose role is not known. */
const mostNotes = 20;

/** What {@link ServerRoles} works with. */
export type ServerRolesOptions = {
  readonly haproxy: Pick<Haproxy, "replaceEntries">;
  readonly paths: Pick<StatePaths, "roles" | "logins">;
  readonly secrets: CheckSecrets;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** How often a server is asked for its role: what it answers is about writes. */
const askEveryMs = 300;
/** How long a server may take to let the agent in. */
const loginMs = 6000;
/** How long a server may take to answer. */
const answerMs = 2000;
/** After how long one is asked again that did not answer. */
const retry = { firstMs: 100, longestMs: 1000 };
/** How many are asked at once. */
const mostAtOnce = 256;

/** A server, and whose it is. */
type Asked = Pick<Server, "name" | "ip" | "port"> & { readonly owner: NamedService };

/** One that is asked. `role`: as it was last found; undefined: it is not known. */
type Known = {
  server: Asked;
  role: Role | undefined;
  session: PostgresSession | undefined;
  problem: string | undefined;
};

/**
 * What HAProxy does not find out by itself of servers that are checked by role: asks each PostgreSQL for its role and tells
 * HAProxy, and by what its checks log in to redis. While no agent runs HAProxy goes on with the roles that it was told last,
 * for `rolesHoldMs`.
 */
export class ServerRoles {
  readonly #options: ServerRolesOptions;
  readonly #queue: WorkQueue<string>;
  readonly #roles: CheckMap;
  readonly #logins: CheckMap;
  readonly #known = new Map<string, Known>();
  /** By server: what an earlier agent told HAProxy, until it is found anew. */
  #before = new Map<string, string>();
  #redis: readonly Asked[] = [];
  /** When that one last refreshed them, ms since 1970. */
  #beforeMs = 0;

  constructor(options: ServerRolesOptions) {
    const { haproxy, paths, secrets, log, signal } = options;
    this.#options = options;
    const map = { haproxy, log, signal };
    this.#roles = new CheckMap({
      ...map,
      file: paths.roles,
      entries: () => this.#roleEntries(),
      refreshedMs: () => this.#refreshedMs(),
    });
    this.#logins = new CheckMap({ ...map, file: paths.logins, entries: () => this.#loginEntries() });
    this.#queue = new WorkQueue({
      work: (name) => this.#ask(name),
      onError: (name, error) => this.#lose(name, error),
      concurrency: mostAtOnce,
      retry,
      signal,
    });
    secrets.on("change", () => this.#onSecrets());
    signal.addEventListener("abort", () => this.#closeAll(), { once: true });
  }

  /** Makes sure of the files before HAProxy starts. `isAdopted`: it runs, with the roles of an earlier agent. */
  async open(isAdopted: boolean): Promise<void> {
    const { entries, refreshedMs = Date.now() } = await this.#roles.open(isAdopted);
    await this.#logins.open(isAdopted);
    this.#before = new Map(entries.map((entry) => [nameIn(entry), entry]));
    this.#beforeMs = refreshedMs;
  }

  /** Servers whose role is not known, as sentences. */
  get notes(): readonly string[] {
    const lines = [...this.#known.values()].flatMap(({ server, problem }) =>
      problem === undefined ? [] : [`the role of ${server.name} is not known: ${problem}`],
    );
    return lines.slice(0, mostNotes);
  }

  /** What HAProxy is to run. */
  follow({ listeners }: Pick<Desired, "listeners">): void {
    const asked = askedIn(listeners.filter(isAskedForRoles));
    const names = new Map(asked.map((server) => [server.name, server]));
    for (const [name, known] of this.#known) if (!names.has(name)) this.#forget(name, known);
    for (const name of this.#before.keys()) if (!names.has(name)) this.#before.delete(name);
    for (const [name, server] of names) this.#begin(name, server);
    this.#redis = askedIn(listeners.filter(hasLogins));
    this.#options.secrets.follow([...asked, ...this.#redis].map(({ owner }) => owner));
    this.#roles.update();
    this.#logins.update();
  }

  /** A worker began with the files. */
  onLoaded(): void {
    this.#roles.giveAgain();
    this.#logins.giveAgain();
  }

  #begin(name: string, server: Asked): void {
    const known = this.#known.get(name);
    if (known !== undefined) known.server = server;
    else {
      this.#known.set(name, { server, role: undefined, session: undefined, problem: undefined });
      this.#queue.add(name);
    }
  }

  #forget(name: string, { session }: Known): void {
    this.#known.delete(name);
    session?.close();
  }

  async #ask(name: string): Promise<void> {
    const known = this.#known.get(name);
    if (known === undefined) return;
    known.session ??= await this.#open(known);
    const role = (await known.session.isInRecovery()) ? "replica" : "primary";
    if (this.#known.get(name) !== known) return;
    known.problem = undefined;
    this.#set(name, known, role);
    this.#queue.addAfter(name, askEveryMs);
  }

  async #open(known: Known): Promise<PostgresSession> {
    const { ip, port, owner } = known.server;
    const password = this.#options.secrets.passwordOf(owner);
    const session = await PostgresSession.open({ ip, port, password }, { loginMs, answerMs });
    // With its process it may have lost its role, before it is asked again.
    session.onEnd(() => {
      if (known.session !== session) return;
      known.session = undefined;
      this.#set(known.server.name, known, undefined);
      this.#queue.add(known.server.name);
    });
    if (this.#known.get(known.server.name) !== known) session.close();
    return session;
  }

  #lose(name: string, error: unknown): void {
    const known = this.#known.get(name);
    if (known === undefined) return;
    const problem = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    if (problem !== known.problem) this.#options.log.warn({ server: name, problem }, "role of a server not known");
    known.problem = problem;
    known.session?.close();
    known.session = undefined;
    this.#set(name, known, undefined);
  }

  #set(name: string, known: Known, role: Role | undefined): void {
    const isNew = known.role !== role || this.#before.has(name);
    if (!isNew) return;
    if (known.role !== role) this.#options.log.info({ server: name, role }, "role of a server");
    known.role = role;
    this.#before.delete(name);
    this.#roles.update();
  }

  #roleEntries(): readonly string[] {
    this.#endBefore();
    return [...this.#known].flatMap(([name, { role }]) =>
      role === undefined ? (this.#before.get(name) ?? []) : [roleEntry(name, role)],
    );
  }

  /** Those of an earlier agent are not refreshed by being told on: it would renew them for ever that begins ever anew. */
  #refreshedMs(): number {
    return this.#before.size > 0 ? this.#beforeMs : Date.now();
  }

  /** Before HAProxy goes by none for their sake. */
  #endBefore(): void {
    if (Date.now() + 2 * refreshEveryMs - this.#beforeMs > rolesHoldMs) this.#before.clear();
  }

  #loginEntries(): readonly string[] {
    const logins = this.#redis.flatMap(({ name, owner }) => {
      const password = this.#options.secrets.passwordOf(owner);
      return password === undefined ? [] : [loginEntry(name, password)];
    });
    return [...new Set(logins)];
  }

  #onSecrets(): void {
    this.#logins.update();
    for (const name of this.#known.keys()) this.#queue.add(name);
  }

  #closeAll(): void {
    for (const { session } of this.#known.values()) session?.close();
  }
}

/** Servers of listeners with whose they are. Of two with one name that differ, which a forger may have made, neither. */
function askedIn(listeners: readonly Listener[]): readonly Asked[] {
  const byName = new Map<string, Asked | undefined>();
  for (const { name, ip, port, endpoint } of listeners.flatMap(({ servers }) => servers)) {
    const { project, service } = parseEndpointKey(endpoint) ?? {};
    if (project === undefined || service === undefined) continue;
    const asked = { name, ip, port, owner: { project, service } };
    const before = byName.has(name) ? byName.get(name) : asked;
    byName.set(name, isDeepStrictEqual(before, asked) ? asked : undefined);
  }
  return [...byName.values()].filter((each) => each !== undefined);
}

function nameIn(entry: string): string {
  return entry.slice(1).split(" ")[0] ?? "";
}
