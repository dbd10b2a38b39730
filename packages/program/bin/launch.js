import { existsSync } from "node:fs";
import { register } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Makes imports of packages of ours find their source, as `--conditions=source` does. */
const fromSource = `
export const resolve = (specifier, context, next) =>
  next(specifier, { ...context, conditions: ["source", ...context.conditions] });
`;

/**
 * Runs a program of a clone: its bundle when there is one, else its source where tsx is installed. In this process, so
 * that signals and the exit code are the program's own.
 * @param {string} launcher URL of the program's launcher, `packages/<program>/bin/<name>.js`
 */
export async function launch(launcher) {
  const name = basename(fileURLToPath(launcher));
  const folder = fileURLToPath(new URL("..", launcher));
  const clone = join(folder, "../..");
  // Where `npm start` keeps its files: a command that asks finds what runs there.
  process.env["FAIRWAY_DIRECTORY"] ??= join(clone, ".fairway");
  const bundle = join(folder, "bundle/bin", name);
  const tsx = installed("tsx/esm/api");
  if (existsSync(bundle)) {
    await import(pathToFileURL(bundle).href);
  } else if (tsx === undefined) {
    console.error(`${name.replace(/\.js$/, "")} is not built: run "npm ci && npm run build" in ${clone}`);
    process.exitCode = 1;
  } else {
    (await import(tsx)).register();
    register(`data:text/javascript,${encodeURIComponent(fromSource)}`);
    await import(pathToFileURL(join(folder, "src/main.ts")).href);
  }
}

/** @param {string} module */
function installed(module) {
  try {
    return import.meta.resolve(module);
  } catch {
    return undefined;
  }
}
