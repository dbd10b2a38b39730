import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programCommand } from "@fairway/standalone";
import { showProc } from "@fairway/haproxy";
import { statePaths } from "../../../src/files/state-dir.ts";
import { eventually } from "./client.ts";
import { freePorts } from "../../../../../test/free-ports.ts";

/** What a test reads of `/status`. */
export type Status = {
  readonly lastError: string | null;
  readonly haproxy: { readonly pid: number } | null;
  readonly listeners: readonly { readonly port: number; readonly servers: readonly ServerStatus[] }[];
  readonly refusedListeners: readonly { readonly listener: number; readonly reason: string }[];
  readonly orphans: readonly { readonly key: string; readonly state: string }[];
  readonly rejections: readonly { readonly code: string; readonly key: string; readonly reason: string }[];
  readonly notes: readonly string[];
};

type ServerStatus = { readonly endpoint: string; readonly address: string; readonly absent: string | null };

/** One run of the program. */
export type AgentRun = {
  readonly pid: number;
  /** Its exit code and what it wrote, once it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
  /** What it wrote so far. */
  readonly output: () => string;
};

/** A state directory with ports of its own, and the programs that are started on it. */
export type AgentHome = {
  readonly directory: string;
  readonly start: (env: NodeJS.ProcessEnv, ...args: readonly string[]) => AgentRun;
  readonly status: () => Promise<Status>;
  readonly isReady: () => Promise<boolean>;
  /** Status and body of an admin path. */
  readonly admin: (path: string) => Promise<readonly [number, string]>;
  readonly masterPid: () => Promise<number>;
  /** Of the worker that takes new connections, as the master tells it. */
  readonly workerPid: () => Promise<number | undefined>;
  /** Ends all that was started, HAProxy too, and removes the directory. */
  readonly clear: () => Promise<void>;
};

export async function agentHome(): Promise<AgentHome> {
  const directory = await mkdtemp(join(tmpdir(), "fairway-agent-"));
  const [admin = 0, stats = 0] = await freePorts(2);
  const runs: AgentRun[] = [];
  const paths = statePaths(directory);
  const processes = () => showProc({ path: paths.masterSocket, timeoutMs: 2000 });
  const fixed = {
    PATH: process.env["PATH"],
    STATE_DIR: directory,
    ADMIN_LISTEN: `127.0.0.1:${admin}`,
    STATS_PORT: String(stats),
    BIND_ADDRESS: "127.0.0.1",
    NODE_NAME: "node-1",
    ADDITIONAL_SERVICES: "*",
    LEASE_TTL: "5s",
  };
  const ask = (path: string) => fetch(`http://127.0.0.1:${admin}${path}`, { signal: AbortSignal.timeout(5000) });
  return {
    directory,
    start: (env, ...args) => {
      const run = startAgent({ ...fixed, ...env }, args);
      runs.push(run);
      return run;
    },
    status: async () => (await (await ask("/status")).json()) as Status,
    isReady: () =>
      ask("/readyz").then(
        ({ ok }) => ok,
        () => false,
      ),
    admin: async (path) => {
      const answer = await ask(path);
      return [answer.status, await answer.text()];
    },
    masterPid: async () => (await processes()).masterPid,
    workerPid: async () => (await processes()).workers[0],
    clear: async () => {
      await Promise.all(runs.map((run) => run.kill("SIGKILL")));
      await endHaproxy(processes);
      // What HAProxy leaves as it ends may come between.
      await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** A program's start takes seconds where many tests share few cores. */
const startMs = 30_000;

/** Resolves once the agent of this home answers, ready or not. */
export function up(home: AgentHome): Promise<void> {
  return eventually(
    "the agent answers",
    async () => (await home.status().catch(() => undefined)) !== undefined,
    startMs,
  );
}

/** Resolves once the agent of this home is ready. */
export function ready(home: AgentHome): Promise<void> {
  return eventually("the agent is ready", home.isReady, startMs);
}

function startAgent(env: NodeJS.ProcessEnv, args: readonly string[]): AgentRun {
  const [node, ...program] = programCommand("proxy-agent");
  const child = spawn(node, [...program, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  const output = () => chunks.join("");
  const ended = once(child, "close").then(() => ({ code: child.exitCode, output: output() }));
  return {
    pid: child.pid ?? 0,
    ended,
    kill: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
    output,
  };
}

async function endHaproxy(processes: () => Promise<{ readonly masterPid: number }>): Promise<void> {
  const running = await processes().catch(() => undefined);
  if (!running) return;
  process.kill(running.masterPid, "SIGTERM");
  await eventually("haproxy has ended", async () => (await processes().catch(() => undefined)) === undefined);
}
