import { setTimeout as delay } from "node:timers/promises";
import type { LabProgram } from "./program.ts";

/** A rejection as the agent tells it. */
export type ToldByAgent = { readonly code: string; readonly key: string; readonly reason: string };

type ServerTold = {
  readonly endpoint: string;
  readonly container: string | null;
  readonly admin: string;
  readonly address: string;
  readonly via: string | null;
  readonly why: string | null;
};

/** The parts of the agent's `/status` that tests look at. */
export type AgentStatus = {
  /** Its name in the registry. */
  readonly proxy: string;
  readonly scope: readonly string[];
  readonly vantage: unknown;
  /** Null: the addon is not asked. */
  readonly addon: { readonly answeredAt: string | null; readonly reason: string | null } | null;
  readonly haproxy: { readonly pid: number } | null;
  readonly applied: { readonly revision: string };
  /** How many are in scope. */
  readonly endpoints: number;
  readonly listeners: readonly { readonly port: number; readonly servers: readonly ServerTold[] }[];
  readonly orphans: readonly { readonly key: string; readonly state: string }[];
  readonly rejections: readonly ToldByAgent[];
  /** Listeners whose address cannot be had. */
  readonly refusedListeners: readonly { readonly listener: number; readonly code: string; readonly reason: string }[];
  readonly lastError: string | null;
  readonly notes: readonly string[];
};

/** A rejection as the registrar tells it. */
export type ToldByRegistrar = {
  readonly code: string;
  readonly severity: "refused" | "hint";
  readonly label: string;
  readonly value: string;
  readonly reason: string;
};

/** The parts of the registrar's `/status` that tests look at. */
export type RegistrarStatus = {
  readonly addon: {
    readonly listening: boolean;
    readonly reason?: string;
    readonly answered: readonly { readonly container: string }[];
    readonly refused: readonly { readonly reason: string }[];
  };
  readonly endpoints: readonly { readonly key: string }[];
  readonly rejections: readonly (ToldByRegistrar & { readonly container: { readonly id: string } })[];
  /** Containers that the engine fails to tell about, by id. */
  readonly failing: readonly string[];
};

export async function agentStatus(agent: LabProgram): Promise<AgentStatus> {
  return (await agent.status()) as AgentStatus;
}

export async function registrarStatus(registrar: LabProgram): Promise<RegistrarStatus> {
  return (await registrar.status()) as RegistrarStatus;
}

/** The value of a metric with its labels, such as `fairway_agent_rejections{code="loop"}`; 0 when it is not told. */
export async function metric(program: LabProgram, name: string): Promise<number> {
  const lines = (await program.admin("/metrics")).body.split("\n");
  return Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length) ?? 0);
}

/** When an agent was first seen to serve a listener with one server, by a look every few milliseconds. */
export async function whenServing(agent: LabProgram, listener: number): Promise<number> {
  for (const giveUpAt = performance.now() + 50_000; performance.now() < giveUpAt; await delay(5)) {
    const { listeners } = await agentStatus(agent);
    if (listeners.some(({ port, servers }) => port === listener && servers.length === 1)) break;
  }
  return performance.now();
}
