import { leaveNode } from "@fairway/registry";
import { exitCode, ProgramExit, registryBySettings } from "@fairway/program";
import { dockerEngine } from "./docker/docker-engine.ts";
import { settingsOrExit } from "./run.ts";

/**
 * Takes this node out of the registry: endpoints, then the node record, then the lease. Stop the registrar first.
 * Throws when the engine or the registry does not answer, and ProgramExit when the node is another engine's.
 */
export async function leave(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const { settings, log } = settingsOrExit(env);
  const { id, name } = await dockerEngine(settings.dockerHost, signal).info();
  const node = settings.nodeName ?? name;
  const client = registryBySettings(settings, settings.etcdEndpoints);
  try {
    const outcome = await leaveNode(client, { node, engineId: id });
    if (outcome.type === "refused") throw new ProgramExit(exitCode.environment, [outcome.reason]);
    log.info({ node, ...outcome }, "Node left the registry");
  } finally {
    client.close();
  }
}
