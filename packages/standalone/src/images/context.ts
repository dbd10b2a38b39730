import { chmod, cp, mkdir, readdir, rm, symlink, utimes } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { run } from "../processes/run.ts";
import { isShipped, shipped, workspacesOf } from "./recipes.ts";
import type { Recipe } from "./recipes.ts";

/**
 * Lays out what `docker build` is given for an image: its folder of deploy/images, and below app/ a clone cut down to
 * one built program and the npm packages that it needs, taken from the clone's own node_modules.
 */
export async function layOutContext(recipe: Recipe, root: string, directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await cp(join(root, "deploy/images", recipe.folder), directory, { recursive: true });
  if (recipe.program !== undefined) await layOutApp(recipe, root, join(directory, "app"));
  await setTimes(directory);
}

async function layOutApp(recipe: Recipe, root: string, app: string): Promise<void> {
  for (const workspace of workspacesOf(recipe)) {
    for (const part of shipped)
      await copy(join(root, "packages", workspace, part), join(app, "packages", workspace, part));
    const link = join(app, "node_modules/@fairway", workspace);
    await mkdir(dirname(link), { recursive: true });
    await symlink(`../../packages/${workspace}`, link);
  }
  for (const path of await packagesOf(recipe, root)) await copy(join(root, path), join(app, path));
  const programs = ["program/dist/health/main.js", `${recipe.program}/dist/main.js`];
  await Promise.all(programs.map((program) => chmod(join(app, "packages", program), 0o755)));
}

/** Paths of the npm packages that a program needs when it runs, relative to the clone. */
async function packagesOf({ program }: Recipe, root: string): Promise<readonly string[]> {
  const question = ["ls", "--all", "--parseable", "--omit=dev", `--workspace=@fairway/${program}`, "--prefix", root];
  const paths = (await run(["npm", ...question])).split("\n").map((path) => relative(root, path));
  return paths.filter((path) => path.startsWith("node_modules/") && !path.startsWith("node_modules/@fairway/"));
}

/** Without what is not shipped and without packages inside, which are asked for by themselves. */
async function copy(from: string, to: string): Promise<void> {
  const isWanted = (path: string) => isShipped(path) && !path.slice(from.length).includes("/node_modules");
  await cp(from, to, { recursive: true, filter: isWanted }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}

/** The time of a copy is no property of what was copied: equal files make equal layers. */
async function setTimes(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await utimes(join(entry.parentPath, entry.name), 0, 0);
  }
}
