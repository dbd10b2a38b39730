import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { quietly, root } from "./command.mjs";

export const buildCommand = [process.execPath, "node_modules/typescript/bin/tsc", "--build"];

/**
 * Builds the packages when a source is newer than its build.
 * @param {AbortSignal} signal
 */
export async function ensureBuild(signal) {
  const packages = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name));
  if (packages.every(isBuilt)) return;
  console.log("building");
  await quietly(buildCommand, { log: "build.log", signal });
}

/** @param {string} directory */
function isBuilt(directory) {
  const built = statSync(join(directory, "dist/.tsbuildinfo"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(directory, "src"), { recursive: true, encoding: "utf8" });
  const changes = sources.map((file) => statSync(join(directory, "src", file)).mtimeMs);
  return built >= Math.max(...changes, statSync(join(directory, "package.json")).mtimeMs);
}
