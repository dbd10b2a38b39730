import { quietly } from "./command.mjs";

/** Builds and checks everything, tests too: the packages, and from them the programs' bundles. */
export const buildAll = ["npm", "run", "build", "--silent"];

/**
 * Builds what `npm start` and the images take: what has changed, which tsc knows by itself.
 * @param {AbortSignal} signal
 */
export async function ensureBuild(signal) {
  const tsc = [process.execPath, "node_modules/typescript/bin/tsc", "--build", "packages/standalone"];
  await quietly(tsc, { log: "build.log", signal });
  await quietly([process.execPath, "setup/bundle.mjs"], { log: "bundle.log", signal });
}
