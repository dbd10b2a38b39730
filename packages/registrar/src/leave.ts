import { reasonOf, type DockerHost } from "@fairway/contract";
import { leaveNode } from "@fairway/registry";
import { exitCode, ProgramExit, registryBySettings } from "@fairway/program";
import type { EngineInfo } from "./docker/engine.ts";
import { dockerEngine } from "./docker/docker-engine.ts";
import { settingsOrExit } from "./run.ts";

/**
 * Takes this node out of the registry: endpoints, then the node record, then the lease. Throws when the registry does
 * not answer, and ProgramExit when the engine does not, when the node is another engine's or its registrar runs.
 */
export async function leave(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const { settings, log } = settingsOrExit(env);
  const { id, name } = await engineOrExit(settings.dockerHost, signal);
  const node = settings.nodeName ?? name;
  const client = registryBySettings(settings, settings.etcdEndpoints);
  try {
    const outcome = await leaveNode(client, { node, engineId: id });
    if (outcome.type === "refused") throw new ProgramExit(exitCode.setting, [outcome.reason]);
    log.info({ node, ...outcome }, "node left the registry");
  } finally {
    client.close();
  }
}

async function engineOrExit(dockerHost: DockerHost, signal: AbortSignal): Promise<EngineInfo> {
  try {
    return await dockerEngine(dockerHost, signal).info();
  } catch (error) {
    throw new ProgramExit(exitCode.environment, [`DOCKER_HOST: no engine answers: ${reasonOf(error)}`]);
  }
}
