import { reasonOf } from "@fairway/contract";
import type { RegistryClient, Stored } from "@fairway/registry";
import { exitCode, type Given, ProgramExit } from "@fairway/program";
import { settingsOrExit } from "../config/settings.ts";
import { findRegistry } from "./find-registry.ts";
import { explain } from "../status/explain.ts";
import { knownOf, knownPrefixes } from "../status/known-containers.ts";

/**
 * Says why a container is routed or not, by what stands in the registry. Throws ProgramExit with the answer when
 * nobody knows the container, when the registry does not answer, and when nobody tells where it is.
 */
export async function why(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  { argument: container }: Pick<Given, "argument">,
): Promise<readonly string[]> {
  const { client, by, note } = await findRegistry(settingsOrExit(env).settings, env, signal);
  const notes = by === "admin" ? [note] : [];
  try {
    const { isKnown, lines } = explain(container, knownOf(await listEverything(client)));
    if (!isKnown) throw new ProgramExit(exitCode.environment, [...notes, ...lines]);
    return [...notes, ...lines];
  } finally {
    client.close();
  }
}

async function listEverything(client: RegistryClient): Promise<readonly Stored[]> {
  try {
    return (await client.list(knownPrefixes.map((prefix) => ({ prefix })))).stored;
  } catch (error) {
    throw new ProgramExit(exitCode.environment, [`the registry does not answer: ${reasonOf(error)}`]);
  }
}
