import { statSync } from "node:fs";
import { join } from "node:path";
import { quietly, root } from "./command.mjs";

/**
 * Installs the npm dependencies when they are missing or older than the lock file.
 * @param {AbortSignal} signal
 */
export async function ensureNodeModules(signal) {
  if (changedAt("node_modules/.package-lock.json") >= changedAt("package-lock.json")) return;
  console.log("installing npm dependencies");
  const options = ["--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  await quietly(["npm", "ci", ...options], { log: "npm.log", signal });
}

/**
 * Milliseconds; 0 when there is no such file.
 * @param {string} path
 */
function changedAt(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
