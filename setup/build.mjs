import { quietly } from "./command.mjs";

const tsc = [process.execPath, "node_modules/typescript/bin/tsc", "--build"];

/** Builds and checks everything, tests too. */
export const buildAll = tsc;

/** Makes the programs' bundles anew where they are not up to date; after a build. */
export const bundleAll = [process.execPath, "setup/bundle.mjs"];

/**
 * Builds what `npm start` and the images take: what has changed.
 * @param {AbortSignal} signal
 */
export async function ensureBuild(signal) {
  await quietly([...tsc, "packages/standalone"], { log: "build.log", signal });
  await quietly(bundleAll, { log: "bundle.log", signal });
}
