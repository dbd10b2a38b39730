import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { programCommand, startChild, until, whenReady } from "@fairway/standalone";
import type { Child, Ended } from "@fairway/standalone";
import type { Member } from "./world/member.ts";

type Env = Readonly<Record<string, string>>;

/** The registrar or the proxy agent of a node, as a real process in the node's network. */
export type LabProgram = {
  /** Starts it and waits until `/healthz` answers; `env` stays for later starts. Throws when it runs already. */
  readonly start: (env?: Env) => Promise<void>;
  /** Starts it without waiting, for a start that is meant to fail or to wait. */
  readonly launch: (env?: Env) => Child;
  /** Sends a signal, to one that is only being started too; SIGKILL and the like are awaited. */
  readonly signal: (signal: NodeJS.Signals) => Promise<void>;
  /** SIGTERM, and waits for its end. */
  readonly stop: () => Promise<Ended>;
  /** Runs the program with a subcommand to its end, in the same environment. */
  readonly subcommand: (...args: readonly string[]) => Promise<Ended>;
  readonly isRunning: () => boolean;
  /** An admin path's answer. */
  readonly admin: (path: string) => Promise<{ readonly status: number; readonly body: string }>;
  /** `/status`, parsed. */
  readonly status: () => Promise<unknown>;
  /** Everything that it ever wrote. */
  readonly log: () => Promise<string>;
};

export type LabProgramFacts = {
  readonly name: "registrar" | "proxy-agent";
  readonly member: Pick<Member, "name" | "address" | "directory" | "wrapper">;
  readonly adminPort: number;
  readonly env: Env;
};

const endsTheProcess = new Set<NodeJS.Signals>(["SIGKILL", "SIGTERM", "SIGINT"]);

const signalWithinMs = 60_000;

/** Sends a signal, once what sets the scene for the program has started it. Throws when one that is to end does not. */
async function sendTo(child: Child, signal: NodeJS.Signals): Promise<void> {
  const withinMs = signalWithinMs;
  await until(() => child.hasEnded() || child.signal(signal), { what: `${signal} to ${child.name}`, withinMs });
  if (!endsTheProcess.has(signal)) return;
  await until(child.hasEnded, { what: `the end of ${child.name} by ${signal}`, withinMs, everyMs: 10 });
}

/** A program of a node, not started yet. */
export function labProgram({ name, member, adminPort, env }: LabProgramFacts): LabProgram {
  const admin = `${member.address}:${adminPort}`;
  const logFile = join(member.directory, `${name}.log`);
  let settings: Env = { ADMIN_LISTEN: admin, ...env };
  let child: Child | undefined;
  const launchWith = (args: readonly string[]) => {
    const command = [...member.wrapper, ...programCommand(name), ...args];
    return startChild({ name: `${name} of ${member.name}`, command, env: settings, logFile });
  };
  const launch = (more: Env = {}) => {
    if (child?.hasEnded() === false) throw new Error(`${child.name} runs already`);
    settings = { ...settings, ...more };
    child = launchWith([]);
    return child;
  };
  const ask = async (path: string) => {
    const response = await fetch(`http://${admin}${path}`, { signal: AbortSignal.timeout(5000) });
    return { status: response.status, body: await response.text() };
  };
  return {
    launch,
    start: async (more) => {
      await whenReady(launch(more), async () => (await ask("/healthz")).status === 200, { withinMs: 20_000 });
    },
    signal: async (signal) => {
      if (child !== undefined) await sendTo(child, signal);
    },
    stop: async () => child?.stop() ?? { code: null, signal: null },
    subcommand: async (...args) => launchWith(args).ended,
    isRunning: () => child?.hasEnded() === false,
    admin: ask,
    status: async () => JSON.parse((await ask("/status")).body) as unknown,
    log: () => readFile(logFile, "utf8"),
  };
}
