import { reasonOf, registrarSettings } from "@fairway/contract";
import { leaveNode } from "@fairway/registry";
import { exitCode, ProgramExit, readSettingsOrExit, registryBySettings } from "@fairway/program";
import type { EngineInfo } from "../docker/container.ts";
import { DockerEngine } from "../docker/engine.ts";
import { type EngineHost, engineHost } from "../docker/engine-host.ts";

/**
 * Takes this node out of the registry: endpoints, then the node record, then the lease. Throws when the registry does
 * not answer, and ProgramExit when the engine does not, when the node is another engine's or its registrar runs.
 */
export async function leave(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const { settings, log } = readSettingsOrExit("fairway-registrar", registrarSettings, env);
  const { id, name } = await engineOrExit(engineHost(settings), signal);
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

async function engineOrExit(host: EngineHost, signal: AbortSignal): Promise<EngineInfo> {
  try {
    return await new DockerEngine(host, signal).info();
  } catch (error) {
    throw new ProgramExit(exitCode.environment, [`DOCKER_HOST: no engine answers: ${reasonOf(error)}`]);
  }
}
