import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { variablesOf } from "./dot-env.ts";

/** As Compose names a project by its directory. */
export function projectOf(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replace(/[^-_a-z0-9]/g, "")
    .replace(/^[-_]+/, "");
  return name === "" ? "default" : name;
}

const usualFiles = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/**
 * The project that Compose takes where neither its options nor its files say: of the environment, or of the directory of
 * its first file, which it looks for upwards.
 */
export async function usualProject(file: string | undefined, env: NodeJS.ProcessEnv): Promise<string> {
  const [first] = (env["COMPOSE_FILE"] ?? "").split(env["COMPOSE_PATH_SEPARATOR"] ?? ":");
  const given = file ?? first;
  const directory = given ? dirname(resolve(given)) : directoryWithFile(process.cwd());
  const named = (await variablesOf(directory, env)).get("COMPOSE_PROJECT_NAME");
  return named ? named : projectOf(directory);
}

function directoryWithFile(from: string): string {
  if (usualFiles.some((name) => existsSync(join(from, name)))) return from;
  const above = dirname(from);
  return above === from ? process.cwd() : directoryWithFile(above);
}
