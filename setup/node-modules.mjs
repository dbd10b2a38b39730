import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { quietly, root } from "./command.mjs";
import { withProgress } from "./progress.mjs";

/** @typedef {{ version?: string, optional?: boolean }} Package */

/**
 * Installs the npm dependencies when what is installed is not what the lock file says.
 * @param {AbortSignal} signal
 */
export async function ensureNodeModules(signal) {
  const installed = packagesIn("node_modules/.package-lock.json");
  const locked = Object.entries(packagesIn("package-lock.json")).filter(([path]) => path !== "");
  if (locked.every(([path, wanted]) => isInstalled(wanted, installed[path]))) return;
  console.log("installing npm dependencies (about a minute)");
  const options = ["--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const installing = quietly(["npm", "ci", ...options], { log: "npm.log", signal });
  const isThere = (/** @type {string} */ path) => existsSync(join(root, path, "package.json"));
  const needed = locked.filter(([, { optional }]) => optional !== true);
  const howFar = () => `${needed.filter(([path]) => isThere(path)).length} of ${needed.length} packages`;
  await withProgress(installing, howFar);
}

/**
 * What is optional may be for another kind of machine.
 * @param {Package} wanted
 * @param {Package | undefined} found
 */
function isInstalled(wanted, found) {
  return found === undefined ? wanted.optional === true : found.version === wanted.version;
}

/**
 * By path; empty when there is no such file.
 * @param {string} path
 * @returns {Record<string, Package>}
 */
function packagesIn(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), "utf8")).packages;
  } catch {
    return {};
  }
}
