import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { readDotEnv, type Variables } from "./interpolate.ts";

/** As Compose names a project by its directory. */
export function projectOf(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replace(/[^-_a-z0-9]/g, "")
    .replace(/^[-_]+/, "");
  return name === "" ? "default" : name;
}

/** What a file of Compose in a directory knows by name; the environment is stronger than the file beside it. */
export async function variablesOf(directory: string, env: NodeJS.ProcessEnv): Promise<Variables> {
  const file = await readFile(join(directory, ".env"), "utf8").catch(() => "");
  const set = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return new Map([...readDotEnv(file), ...set]);
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
