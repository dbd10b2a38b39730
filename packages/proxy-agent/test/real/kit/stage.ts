import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openApplier, type Applier, type ApplierFacts } from "../../../src/apply/applier.ts";
import type { Desired } from "../../../src/desired/desired.ts";
import type { Listener, Server } from "@fairway/haproxy";
import { showProc } from "@fairway/haproxy";
import type { Processes } from "@fairway/haproxy";
import { builtInTemplate } from "@fairway/haproxy";
import { render, renderPieces } from "@fairway/haproxy";
import { sectionsOf } from "../../../src/config/sections.ts";
import { statePaths, type StatePaths } from "../../../src/state/state-dir.ts";
import type { EchoServer } from "./echo-server.ts";
import { logTo, type LogLine } from "./log-lines.ts";

/** A state directory, an applier on it, and everything that must be gone afterwards. */
export type Stage = {
  readonly paths: StatePaths;
  readonly applier: Applier;
  readonly lines: readonly LogLine[];
  readonly desired: (listeners: readonly Listener[], changes?: Partial<Settings>) => Desired;
  readonly processes: () => Promise<Processes>;
  /** Ends the applier as an agent ends: HAProxy goes on. */
  readonly leave: () => Promise<void>;
  /** Ends HAProxy too and removes the directory. */
  readonly clear: () => Promise<void>;
};

type Settings = Parameters<typeof sectionsOf>[0];

export type StageFacts = Partial<
  Pick<ApplierFacts, "drainTimeoutMs" | "slowStartMs" | "withoutCulprits" | "onChange" | "mostOldWorkers">
> & {
  readonly statsPort: number;
  /** A directory that an earlier stage left. */
  readonly directory?: string;
};

export async function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), "fairway-applier-"));
}

/** The facts of an applier on a directory. */
export function factsOf(directory: string, facts: StageFacts, lines: LogLine[], signal: AbortSignal): ApplierFacts {
  return {
    stateDir: directory,
    haproxyBin: process.env["HAPROXY_BIN"] ?? "haproxy",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    drainTimeoutMs: facts.drainTimeoutMs ?? 1000,
    render: (desired) => render(desired, builtInTemplate()),
    renderPieces: (desired) => renderPieces(desired, builtInTemplate()),
    slowStartMs: facts.slowStartMs ?? 0,
    ...(facts.withoutCulprits && { withoutCulprits: facts.withoutCulprits }),
    ...(facts.mostOldWorkers !== undefined && { mostOldWorkers: facts.mostOldWorkers }),
    ...(facts.onChange && { onChange: facts.onChange }),
    log: logTo(lines),
    signal,
  };
}

export async function openStage(facts: StageFacts): Promise<Stage> {
  const directory = facts.directory ?? (await temporaryDirectory());
  const controller = new AbortController();
  const lines: LogLine[] = [];
  const opened = await openApplier(factsOf(directory, facts, lines, controller.signal));
  if (!opened.ok) throw new Error(opened.reason);
  const { applier } = opened;
  const paths = statePaths(directory);
  const leave = async () => {
    controller.abort();
    await applier.close();
  };
  return {
    paths,
    applier,
    lines,
    desired: (listeners, changes) => desiredWith(directory, facts.statsPort, listeners, changes),
    processes: () => showProc({ path: paths.masterSocket, timeoutMs: 2000 }),
    leave,
    clear: async () => {
      await applier.stop(0);
      await leave();
      await rm(directory, { recursive: true, force: true });
    },
  };
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
    rsyslogDestination: "127.0.0.1",
    statsPort,
    statsAuth: undefined,
    reloadTimeoutS: 0,
    socket: statePaths(directory).socket,
    addresses: ["127.0.0.1"],
    ...changes,
  };
  return { sections: sectionsOf(settings, () => true).sections, listeners, rejections: [] };
}

export function listener(
  port: number,
  servers: readonly Server[],
  changes: Partial<Listener["settings"]> = {},
): Listener {
  const settings = { addresses: ["127.0.0.1"], bind: [], lines: [], ...changes };
  const sorted = [...servers].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { port, ssl: false, services: ["shop/echo"], settings, servers: sorted };
}

export function serverAt(echo: Pick<EchoServer, "name" | "port">, changes: Partial<Server> = {}): Server {
  const options = ["check", "inter", "200", "rise", "1", "fall", "2"];
  const endpoint = `endpoints/shop/echo/1/node-1/${echo.name}`;
  return { name: `${echo.name}.x`, ip: "127.0.0.1", port: echo.port, admin: "ready", options, endpoint, ...changes };
}
