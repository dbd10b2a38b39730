import { existsSync } from "node:fs";
import { chmod, cp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { isBundled } from "../packages/standalone/dist/parts/program.js";
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
 * Makes a folder `bundle` of each program that needs nothing but Node: in bin/ the program and the health check of its
 * container, each in one file with every npm package that it uses, and beside bin/ what they read. One that is up to
 * date is left alone.
 */
for (const program of /** @type {const} */ (["registrar", "proxy-agent"])) {
  if (!isBundled(program)) await bundle(program);
}

/** @param {import("../packages/standalone/src/index.ts").ProgramName} program */
async function bundle(program) {
  const workspace = join(root, "packages", program);
  const folder = join(workspace, "bundle.new");
  const read = [
    [join(workspace, "package.json"), "package.json"],
    [join(workspace, "templates"), "templates"],
    [join(root, "node_modules/etcd3/proto"), "proto"],
  ].filter(([from]) => existsSync(from));
  await rm(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [
      { in: join(workspace, "src/main.ts"), out: `fairway-${program}` },
      { in: join(root, "packages/program/src/health/main.ts"), out: "fairway-health" },
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
  await Promise.all([
    ...Object.keys(metafile.outputs).map((path) => chmod(join(root, path), 0o755)),
    ...read.map(([from, to]) => cp(from, join(folder, to), { recursive: true })),
    writeFile(join(folder, "LICENSES"), await licencesOf(Object.keys(metafile.inputs))),
  ]);
  const bundled = join(workspace, "bundle");
  await rm(bundled, { recursive: true, force: true });
  await rename(folder, bundled);
}
