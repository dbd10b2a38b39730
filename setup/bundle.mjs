import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { binOf, isBundled } from "../packages/standalone/dist/parts/program.js";
import { root } from "./command.mjs";
import { etcdProtos } from "./etcd-protos.mjs";
import { licencesOf } from "./licences.mjs";
import { buildPage } from "./page.mjs";

/** What modules expect to find, in CommonJS: V8 keeps no code of modules. */
const importMeta = {
  define: { "import.meta.url": "fairwayUrl" },
  banner: { js: 'const fairwayUrl = require("node:url").pathToFileURL(__filename).href;' },
};

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

/** @satisfies {import("esbuild").BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20.19",
  conditions: ["source"],
  // What is no ASCII is escaped: then a start need not decode the file.
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
  plugins: [withoutSsh, etcdProtos],
  metafile: true,
};

/**
 * Makes a folder `bundle` of each program that needs nothing but Node: in lib/ the program in one file with every npm
 * package that it uses, and what V8 has compiled of it; in bin/ what starts it, and the health check of its container if it
 * has one; beside them what they read. One that is up to date is left alone.
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
  const name = binOf(program);
  const inputs = [
    ...(await compile(folder, name, workspace)),
    ...(await compileHealth(folder, program)),
    ...(program === "cli" ? await buildPage(join(folder, "page")) : []),
  ];
  const templates = join(root, "packages/haproxy/templates");
  await Promise.all([
    copyFile(join(root, "setup/loader.mjs"), join(folder, "bin", `${name}.js`)),
    program === "proxy-agent" ? cp(templates, join(folder, "templates"), { recursive: true }) : undefined,
    writeFile(join(folder, "LICENSES"), await licencesOf(inputs)),
  ]);
  const which = runsLong(program) ? "all" : "used";
  const command = ["setup/code-cache.mjs", which, join(folder, "lib", `${name}.cjs`), "--help"];
  await promisify(execFile)(process.execPath, command, { cwd: root });
}

/** @param {string} program */
function runsLong(program) {
  return ["registrar", "proxy-agent"].includes(program);
}

/**
 * Answers what is in the file that was made.
 * @param {string} folder
 * @param {string} name
 * @param {string} workspace
 */
async function compile(folder, name, workspace) {
  const { metafile, outputFiles } = await build({
    ...common,
    ...importMeta,
    entryPoints: [join(workspace, "src/main.ts")],
    format: "cjs",
    write: false,
  });
  const [{ text } = { text: "" }] = outputFiles;
  await mkdir(join(folder, "lib"));
  await writeFile(join(folder, "lib", `${name}.cjs`), text.replace(/^#!.*\n/, ""));
  return inputsOf(metafile);
}

/**
 * Answers what is in the file that was made, if any.
 * @param {string} folder
 * @param {string} program
 */
async function compileHealth(folder, program) {
  await mkdir(join(folder, "bin"));
  if (!runsLong(program)) return [];
  const { metafile } = await build({
    ...common,
    entryPoints: [join(root, "packages/program/src/health/main.ts")],
    outfile: join(folder, "bin/fairway-health.js"),
    format: "esm",
  });
  return inputsOf(metafile);
}

/** @param {import("esbuild").Metafile} metafile */
function inputsOf({ outputs }) {
  return Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
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
