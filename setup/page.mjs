import { copyFile, cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./command.mjs";

const workspace = join(root, "packages/ui");

/**
 * Makes the page that `fairway ui` serves: one script with every npm package that it uses, one style sheet, and what names
 * them; in a folder, and for a program that runs from source in packages/ui/page.
 * @param {string} folder
 * @returns {Promise<readonly string[]>} the files that are in it, as paths in the working tree
 */
export async function buildPage(folder) {
  await mkdir(folder, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["main.ts", "page.css"].map((file) => ({ in: join(workspace, "src/page", file), out: "page" })),
    outdir: folder,
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: ["chrome109", "firefox115", "safari16.4"],
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
  });
  for (const file of ["index.html", "icon.svg"]) await copyFile(join(workspace, "src/page", file), join(folder, file));
  await rm(join(workspace, "page"), { recursive: true, force: true });
  await cp(folder, join(workspace, "page"), { recursive: true });
  return Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
}
