import { quietly } from "./command.mjs";

const tsc = [process.execPath, "node_modules/typescript/bin/tsc", "--build"];

/** Builds and checks everything, tests too. */
export const buildAll = tsc;

/**
 * Builds the packages: what has changed, which tsc knows by itself.
 * @param {AbortSignal} signal
 */
export async function ensureBuild(signal) {
  await quietly([...tsc, "packages/standalone"], { log: "build.log", signal });
}
