import { join } from "node:path";
import { ask, listenersOf } from "@fairway/standalone";
import type { SeenListener } from "@fairway/standalone";
import { labProgram } from "./program.ts";
import type { LabProgram } from "./program.ts";
import type { Member } from "./world/member.ts";

/** A proxy of the lab: its agent, and the HAProxy that the agent keeps. */
export type LabProxy = {
  /** Where clients reach it. */
  readonly address: string;
  /** Key of its record, below the prefix of all keys. */
  readonly record: string;
  readonly agent: LabProgram;
  /** The agent's STATE_DIR. */
  readonly stateDir: string;
  /** What HAProxy answers for its listeners. Throws when none runs. */
  readonly listeners: () => Promise<readonly SeenListener[]>;
  /** HAProxy's answer to a command of its runtime interface. */
  readonly haproxy: (command: string) => Promise<string>;
};

/** Where a proxy stands, and its settings. */
export type LabProxyFacts = {
  readonly place: Pick<Member, "name" | "address" | "directory" | "wrapper">;
  readonly env: Readonly<Record<string, string>>;
};

/** A proxy that is not started yet. It subscribes to everything unless `env` says otherwise. */
export function labProxy({ place, env }: LabProxyFacts): LabProxy {
  const stateDir = join(place.directory, "proxy");
  const haproxy = (command: string) => ask(join(stateDir, "haproxy.sock"), command);
  const agentEnv = { STATE_DIR: stateDir, ADDITIONAL_SERVICES: "*", PROXY_NAME: "proxy", ...env };
  return {
    address: place.address,
    record: `proxies/${env["NODE_NAME"]}/${agentEnv.PROXY_NAME}`,
    agent: labProgram({ name: "proxy-agent", member: place, adminPort: 7381, env: agentEnv }),
    stateDir,
    listeners: async () => listenersOf(await haproxy("show stat")),
    haproxy,
  };
}
