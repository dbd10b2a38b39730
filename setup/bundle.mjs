import { existsSync } from "node:fs";
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { binOf, isBundled } from "../packages/standalone/dist/parts/program.js";
import { root } from "./command.mjs";
import { licencesOf } from "./licences.mjs";

/** What CommonJS packages expect to find, in a module. */
const commonJs = `
import { createRequire as fairwayCreateRequire } from "node:module";
const require = fairwayCreateRequire(import.meta.url);
const __dirname = import.meta.dirname;
`.trimStart();

/**
 * An engine is reached by a socket or by TCP, never by ssh.
 * @type {import("esbuild").Plugin}
 */
const withoutSsh = {
  name: "without ssh",
  setup(building) {
    building.onResolve({ filter: /^ssh2$/ }, ({ path }) => ({ path, namespace: "empty" }));
    building.onLoad({ filter: /./, namespace: "empty" }, () => ({ contents: "" }));
  },
};

/**
 * Makes a folder `bundle` of each program that needs nothing but Node: in bin/ the program, and the health check of its
 * container if it has one, each in one file with every npm package that it uses, and beside bin/ what they read. One that
 * is up to date is left alone.
 */
for (const program of /** @type {const} */ (["registrar", "proxy-agent", "template", "cli"])) {
  if (!isBundled(program)) await bundle(program);
}

/** @param {import("../packages/standalone/src/index.ts").ProgramName} program */
async function bundle(program) {
  const workspace = join(root, "packages", program);
  const folder = join(workspace, `bundle.${process.pid}`);
  try {
    await fill(folder, program);
    await takePlace(folder, join(workspace, "bundle"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {import("../packages/standalone/src/index.ts").ProgramName} program
 */
async function fill(folder, program) {
  const workspace = join(root, "packages", program);
  await mkdir(folder);
  // First, as its time is the bundle's age: what is saved from here on is not in it.
  await writeFile(join(folder, "package.json"), await packageJsonOf(workspace));
  const outputs = await compile(folder, program);
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  const proto = "node_modules/etcd3/proto";
  const hasEtcd = inputs.some((path) => path.startsWith("node_modules/etcd3/"));
  const templates = join(root, "packages/haproxy/templates");
  await Promise.all([
    ...Object.keys(outputs).map((path) => chmod(join(root, path), 0o755)),
    hasEtcd ? cp(join(root, proto), join(folder, "proto"), { recursive: true }) : undefined,
    program === "proxy-agent" ? cp(templates, join(folder, "templates"), { recursive: true }) : undefined,
    writeFile(join(folder, "LICENSES"), await licencesOf(inputs)),
  ]);
}

/**
 * Answers the files that were made, with what is in each.
 * @param {string} folder
 * @param {import("../packages/standalone/src/index.ts").ProgramName} program
 */
async function compile(folder, program) {
  const health = { in: join(root, "packages/program/src/health/main.ts"), out: "fairway-health" };
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [
      { in: join(root, "packages", program, "src/main.ts"), out: binOf(program) },
      ...(["registrar", "proxy-agent"].includes(program) ? [health] : []),
    ],
    outdir: join(folder, "bin"),
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    conditions: ["source"],
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    banner: { js: commonJs },
    plugins: [withoutSsh],
    metafile: true,
  });
  return metafile.outputs;
}

/**
 * Of the workspace's, what holds for the bundle too.
 * @param {string} workspace
 */
async function packageJsonOf(workspace) {
  const { name, version, description, license, type, engines } = JSON.parse(
    await readFile(join(workspace, "package.json"), "utf8"),
  );
  return `${JSON.stringify({ name, version, description, license, type, engines }, undefined, 2)}\n`;
}

/**
 * @param {string} folder
 * @param {string} place where another one may be
 */
async function takePlace(folder, place) {
  const old = `${folder}.old`;
  if (existsSync(place)) await rename(place, old);
  await rename(folder, place);
  await rm(old, { recursive: true, force: true });
}
