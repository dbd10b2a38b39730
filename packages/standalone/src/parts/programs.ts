import { join } from "node:path";
import type { Engine } from "../engine/engine.ts";
import type { Ground } from "../ground/ground.ts";
import { noteAdminPorts } from "../ground/only-one.ts";
import type { Parts } from "../parts.ts";
import { freePortFrom } from "../ports/free-port.ts";
import { startChild, whenReady } from "../processes/child.ts";
import type { Child } from "../processes/child.ts";
import { environments, type AdminPorts } from "./environments.ts";
import { keepRunning } from "../processes/keep-running.ts";
import type { KeptRunning } from "../processes/keep-running.ts";
import { programCommand } from "./program.ts";
import type { UsedRegistry } from "./registry.ts";

/** What the registrar and the agent stand between. */
export type Between = { readonly registry: UsedRegistry; readonly engine: Engine; readonly statsPort: number };

/** Registrar, proxy agent and the page as they run. */
export type Programs = {
  readonly kept: readonly KeptRunning[];
  readonly adminPorts: AdminPorts;
  readonly pagePort: number;
};

type ProgramFacts = {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly ground: Ground;
  readonly signal: AbortSignal;
};

const readyWithinMs = 30_000;

/** Starts a registrar, a proxy agent and the page, and waits until all are ready. HAProxy outlives the agent, as it should. */
export async function startPrograms(parts: Parts, between: Between): Promise<Programs> {
  const { env, ground, undo, say, signal } = parts;
  const adminPorts = await freeAdminPorts();
  await noteAdminPorts(ground, adminPorts);
  const pagePort = (await freePortFrom(7384)).port;
  const envs = await environments({ ...between, env, ground, adminPorts, pagePort });
  const rest = { ground, signal };
  const registrar: ProgramFacts = {
    name: "registrar",
    command: programCommand("registrar"),
    env: envs.registrar,
    ...rest,
  };
  const agent: ProgramFacts = { name: "proxy-agent", command: programCommand("proxy-agent"), env: envs.agent, ...rest };
  const page: ProgramFacts = { name: "page", command: [...programCommand("cli"), "ui"], env: envs.page, ...rest };
  say("starting registrar, proxy agent and page");
  if (!between.registry.isOwn) undo.add("take this node out of the registry", () => leave(registrar));
  const kept: KeptRunning[] = [];
  for (const [program, url] of [
    [registrar, `http://127.0.0.1:${adminPorts.registrar}/readyz`],
    [agent, `http://127.0.0.1:${adminPorts.agent}/readyz`],
    [page, `http://127.0.0.1:${pagePort}/`],
  ] as const) {
    const start = () => startProgram(program, () => isReady(url, program === page));
    const running = await keepRunning({ start, say });
    undo.add(`stop the ${program.name}`, running.stop);
    kept.push(running);
  }
  return { kept, adminPorts, pagePort };
}

async function freeAdminPorts(): Promise<AdminPorts> {
  const registrar = (await freePortFrom(7380)).port;
  return { registrar, agent: (await freePortFrom(registrar + 1)).port };
}

async function startProgram(
  { name, command, env, ground, signal }: ProgramFacts,
  isReady: () => Promise<boolean>,
): Promise<Child> {
  const child = startChild({ name, command, env, logFile: join(ground.logs, `${name}.log`) });
  await whenReady(child, isReady, { withinMs: readyWithinMs, signal });
  return child;
}

/** Removes this node's records at once, where they would else live until the lease ends. */
async function leave({ command, env, ground }: ProgramFacts): Promise<void> {
  const child = startChild({
    name: "registrar leave",
    command: [...command, "leave"],
    env,
    logFile: join(ground.logs, "leave.log"),
  });
  const late = setTimeout(() => void child.stop(0), readyWithinMs);
  await child.ended;
  clearTimeout(late);
}

/** The page may want a password, which is an answer, too. */
async function isReady(url: string, isPage: boolean): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(6000) });
  await response.body?.cancel();
  return response.ok || (isPage && response.status === 401);
}
