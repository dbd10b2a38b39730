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

/** Registrar and proxy agent as they run. */
export type Programs = { readonly kept: readonly KeptRunning[]; readonly adminPorts: AdminPorts };

type ProgramFacts = {
  readonly name: "registrar" | "proxy-agent";
  readonly env: Readonly<Record<string, string>>;
  readonly ground: Ground;
  readonly signal: AbortSignal;
};

const readyWithinMs = 30_000;

/** Starts a registrar and a proxy agent and waits until both are ready. HAProxy outlives the agent, as it should. */
export async function startPrograms(parts: Parts, between: Between): Promise<Programs> {
  const { env, ground, undo, say, signal } = parts;
  const adminPorts = await freeAdminPorts();
  await noteAdminPorts(ground, adminPorts);
  const envs = await environments({ ...between, env, ground, adminPorts });
  const registrar: ProgramFacts = { name: "registrar", env: envs.registrar, ground, signal };
  const agent: ProgramFacts = { name: "proxy-agent", env: envs.agent, ground, signal };
  say("starting registrar and proxy agent");
  if (!between.registry.isOwn) undo.add("take this node out of the registry", () => leave(registrar));
  const kept: KeptRunning[] = [];
  for (const [program, port] of [
    [registrar, adminPorts.registrar],
    [agent, adminPorts.agent],
  ] as const) {
    const running = await keepRunning({ start: () => startProgram(program, port), say });
    undo.add(`stop the ${program.name}`, running.stop);
    kept.push(running);
  }
  return { kept, adminPorts };
}

async function freeAdminPorts(): Promise<AdminPorts> {
  const registrar = (await freePortFrom(7380)).port;
  return { registrar, agent: (await freePortFrom(registrar + 1)).port };
}

async function startProgram({ name, env, ground, signal }: ProgramFacts, adminPort: number): Promise<Child> {
  const child = startChild({ name, command: programCommand(name), env, logFile: join(ground.logs, `${name}.log`) });
  await whenReady(child, () => isReady(adminPort), { withinMs: readyWithinMs, signal });
  return child;
}

/** Removes this node's records at once, where they would else live until the lease ends. */
async function leave({ name, env, ground }: ProgramFacts): Promise<void> {
  const command = [...programCommand(name), "leave"];
  const child = startChild({ name: "registrar leave", command, env, logFile: join(ground.logs, "leave.log") });
  const late = setTimeout(() => void child.stop(0), readyWithinMs);
  await child.ended;
  clearTimeout(late);
}

async function isReady(adminPort: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`, { signal: AbortSignal.timeout(6000) });
  await response.body?.cancel();
  return response.ok;
}
