import { reasonOf } from "@fairway/contract";
import { openRegistry, type RegistryClient, type Stored } from "@fairway/registry";
import { exitCode, ProgramExit, registryAccess } from "@fairway/program";
import { askAddon } from "../registry/ask-addon.ts";
import { accessIn } from "../registry/ask-addon.ts";
import { settingsOrExit, type AgentSettings } from "../settings/read-settings.ts";
import { explain } from "../status/explain.ts";
import { knownOf, knownPrefixes } from "../status/known.ts";

/**
 * Says why a container is routed or not, by what stands in the registry. Throws ProgramExit with the answer when
 * nobody knows the container, when the registry does not answer, and when the addon does not tell where it is.
 */
export async function why(env: NodeJS.ProcessEnv, signal: AbortSignal, container?: string): Promise<readonly string[]> {
  const client = await registryOf(settingsOrExit(env).settings, signal);
  try {
    const { isKnown, lines } = explain(container, knownOf(await listed(client)));
    if (!isKnown) throw new ProgramExit(exitCode.environment, lines);
    return lines;
  } finally {
    client.close();
  }
}

async function listed(client: RegistryClient): Promise<readonly Stored[]> {
  try {
    return (await client.list(knownPrefixes.map((prefix) => ({ prefix })))).stored;
  } catch (error) {
    throw new ProgramExit(exitCode.environment, [`the registry does not answer: ${reasonOf(error)}`]);
  }
}

async function registryOf(settings: AgentSettings, signal: AbortSignal): Promise<RegistryClient> {
  const { etcdEndpoints, addonUrl } = settings;
  if (etcdEndpoints !== undefined) return openRegistry(registryAccess(settings, etcdEndpoints));
  const handout = await askAddon(addonUrl, signal).catch((error: unknown) => {
    const lines = [reasonOf(error), "It was asked where etcd is, as ETCD_ENDPOINTS is not set."];
    throw new ProgramExit(exitCode.environment, lines);
  });
  return openRegistry(accessIn(handout));
}
