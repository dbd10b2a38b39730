import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  builtInTemplate,
  showProc,
  type Haproxy,
  type Listener,
  type Processes,
  type Server,
  type ServerState,
} from "@fairway/haproxy";
import { openProxy, type ProxyOptions } from "../../../src/commands/open-proxy.ts";
import type { Desired } from "../../../src/desired/desired.ts";
import { statePaths, type StatePaths } from "../../../src/files/state-dir.ts";
import type { HostPortsAt } from "../../../src/desired/own-host-ports.ts";
import type { StateFiles } from "../../../src/files/state-files.ts";
import { Applier } from "../../../src/reconcile/applier.ts";
import type { Applied } from "../../../src/reconcile/progress.ts";
import { Reconciler } from "../../../src/reconcile/reconciler.ts";
import { Bindable } from "../../../src/binding/bindable.ts";
import { TakenPorts } from "../../../src/binding/taken-ports.ts";
import { followConnections } from "../../../src/commands/follow-connections.ts";
import type { ConnectionLog } from "../../../src/connections/connection-log.ts";
import type { LostRoles } from "../../../src/reconcile/lost-roles.ts";
import { RefusedConnections } from "../../../src/status/refused-connections.ts";
import { followRoles, openRoles } from "../../../src/commands/follow-roles.ts";
import { sectionsOf } from "../../../src/config/sections.ts";
import type { EchoServer } from "./echo-server.ts";
import { logTo, type LogLine } from "./log-lines.ts";

/** A state directory, a reconciler on it, and everything that must be gone afterwards. */
export type Stage = {
  readonly paths: StatePaths;
  readonly reconciler: Reconciler;
  readonly files: StateFiles;
  /** What the last agent remembered. */
  readonly memory: unknown;
  readonly lines: readonly LogLine[];
  readonly desired: (listeners: readonly Listener[], changes?: Partial<Settings>) => Desired;
  /** Has this applied from now on, and resolves once it was, or was refused. Rejects when an attempt fails. */
  readonly apply: (desired: Desired) => Promise<Applied>;
  readonly health: () => Promise<readonly ServerState[]>;
  readonly processes: () => Promise<Processes>;
  readonly refused: RefusedConnections;
  readonly haproxy: Haproxy;
  readonly lostRoles: LostRoles;
  /** What is wrong with roles of servers and passwords of checks. */
  readonly roleNotes: () => readonly string[];
  readonly connections: ConnectionLog | undefined;
  /** Ends the reconciler as an agent ends: HAProxy goes on. */
  readonly leave: () => Promise<void>;
  /** Ends HAProxy too and removes the directory. */
  readonly clear: () => Promise<void>;
};

type Settings = Parameters<typeof sectionsOf>[0];

export type StageFacts = {
  readonly statsPort: number;
  readonly drainTimeoutMs?: number;
  readonly slowStartMs?: number;
  readonly mostOldWorkers?: number;
  readonly hostPortsAt?: HostPortsAt;
  readonly ageOf?: (port: number) => bigint | undefined;
  /** How long a port must have been free that another program was seen to hold. (200) */
  readonly freeForMs?: number;
  /** A directory that an earlier stage left. */
  readonly directory?: string;
  /** HAPROXY_BIN. (of the environment) */
  readonly haproxyBin?: string;
  /** CHECK_SECRETS. (none) */
  readonly checkSecrets?: string;
  /** Reads the log of connections; what is desired must have it. (false) */
  readonly isLogged?: boolean;
};

export async function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), "fairway-reconciler-"));
}

/** The HAProxy that the tests run. */
export async function haproxyPath(): Promise<string> {
  const { HAPROXY_BIN: name = "haproxy" } = process.env;
  const folders = name.includes("/") ? [""] : ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];
  for (const folder of folders) {
    const found = await realpath(join(folder, name)).catch(() => undefined);
    if (found) return found;
  }
  throw new Error(`no ${name} on this machine`);
}

/** What a proxy on a directory is opened with. */
export function proxyOptions(directory: string, lines: LogLine[] = []): ProxyOptions {
  return {
    settings: { stateDir: directory, haproxyBin: process.env["HAPROXY_BIN"] ?? "haproxy" },
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    log: logTo(lines),
    signal: new AbortController().signal,
  };
}

export async function openStage(facts: StageFacts): Promise<Stage> {
  const directory = facts.directory ?? (await temporaryDirectory());
  const lines: LogLine[] = [];
  const usual = proxyOptions(directory, lines);
  const { haproxyBin = usual.settings.haproxyBin } = facts;
  const options = { ...usual, settings: { ...usual.settings, haproxyBin } };
  const proxy = await openProxy(options);
  const { haproxy, files, adopted, memory, close } = proxy;
  const source = new DesiredSource();
  const ended = new AbortController();
  const refused = new RefusedConnections({
    haproxy,
    isAdopted: adopted !== undefined,
    everyMs: 5000,
    log: options.log,
    signal: ended.signal,
  });
  const logged = { proxy, log: options.log, signal: ended.signal };
  const roles = await openRoles({ ...logged, settings: facts });
  const applier = new Applier({
    aroundReload: () => refused.holdOver(),
    haproxy,
    files,
    template: builtInTemplate(),
    adopted,
    drainTimeoutMs: facts.drainTimeoutMs ?? 1000,
    slowStartMs: facts.slowStartMs ?? 0,
    mostOldWorkers: facts.mostOldWorkers ?? 25,
    bindable: new Bindable({
      hostPortsAt: facts.hostPortsAt ?? (() => []),
      ageOf: facts.ageOf ?? (() => undefined),
      taken: new TakenPorts(facts.freeForMs ?? 200),
      log: options.log,
    }),
    log: options.log,
    signal: new AbortController().signal,
  });
  const reconciler = new Reconciler({ applier, desired: source, log: options.log });
  const connections = facts.isLogged === true ? followConnections(logged, reconciler, []) : undefined;
  const { lostRoles, notes: roleNotes } = followRoles(logged, roles, reconciler);
  reconciler.on("applied", (_, { desired }) => refused.follow(desired));
  reconciler.on("applied", (outcome, { desired }) => source.settle(desired, outcome));
  reconciler.on("change", () => source.fail(reconciler.progress.lastError));
  const leave = async () => {
    ended.abort();
    await reconciler.close();
    await close();
  };
  return {
    paths: files.paths,
    reconciler,
    files,
    memory,
    lines,
    desired: (listeners, changes) => desiredWith(directory, facts.statsPort, listeners, changes),
    apply: (desired) => {
      const applied = source.ask(desired);
      reconciler.wake();
      return applied;
    },
    health: async () => (await haproxy.read()).servers,
    refused,
    haproxy,
    lostRoles,
    roleNotes,
    connections,
    processes: () => showProc({ path: files.paths.masterSocket, timeoutMs: 2000 }),
    leave,
    clear: async () => {
      ended.abort();
      await reconciler.stop(0);
      await leave();
      // A HAProxy that was started in the last moment may still write there.
      await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** What a test wants, and who awaits that it is applied. */
class DesiredSource {
  #desired: Desired | undefined;
  #waiting: { readonly resolve: (outcome: Applied) => void; readonly reject: (error: Error) => void } | undefined;

  ask(desired: Desired): Promise<Applied> {
    this.#desired = desired;
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  take() {
    return this.#desired && { desired: this.#desired, revision: 1n, sinceMs: undefined };
  }

  settle(desired: Desired, outcome: Applied): void {
    if (desired === this.#desired) this.#waiting?.resolve(outcome);
  }

  fail(error: string | undefined): void {
    if (error !== undefined) this.#waiting?.reject(new Error(error));
  }
}

/** Settings as an agent without any of its own would have them. */
export function desiredWith(
  directory: string,
  statsPort: number,
  listeners: readonly Listener[],
  changes: Partial<Settings> = {},
): Desired {
  const settings: Settings = {
    mode: "tcp",
    balance: "roundrobin",
    options: [],
    timeouts: [],
    maxconn: 1000,
    extraGlobal: [],
    extraDefaults: [],
    backends: [],
    rsyslogDestination: "127.0.0.1",
    connectionLog: "off",
    statsPort,
    statsAuth: undefined,
    reloadTimeoutS: 0,
    tlsOptions: "ssl-min-ver TLSv1.2",
    tlsCiphers: undefined,
    socket: statePaths(directory).socket,
    addresses: ["127.0.0.1"],
    ...changes,
  };
  return { sections: sectionsOf(settings, () => true).sections, listeners };
}

export function listener(
  port: number,
  servers: readonly Server[],
  changes: Partial<Listener["settings"]> = {},
): Listener {
  const settings = { addresses: ["127.0.0.1"], bind: [], ...changes };
  const sorted = [...servers].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { port, ssl: false, services: ["shop/echo"], settings, servers: sorted };
}

export function serverAt(echo: Pick<EchoServer, "name" | "port">, changes: Partial<Server> = {}): Server {
  const options = ["check", "inter", "200", "rise", "1", "fall", "2"];
  const endpoint = `endpoints/shop/echo/1/node-1/${echo.name}`;
  return { name: `${echo.name}.x`, ip: "127.0.0.1", port: echo.port, admin: "ready", options, endpoint, ...changes };
}
