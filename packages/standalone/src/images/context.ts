import { cp, mkdir, readdir, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { bundlesOf, isOfImages } from "./recipes.ts";
import type { Recipe } from "./recipes.ts";

/** Lays out what `docker build` is given for an image: its folder of deploy/images, and the bundles of its programs. */
export async function layOutContext(recipe: Recipe, root: string, directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await cp(join(root, "deploy/images", recipe.folder), directory, { recursive: true });
  for (const [name, bundle] of Object.entries(bundlesOf(recipe, root))) {
    await cp(bundle, join(directory, name), { recursive: true, filter: isOfImages });
  }
  await setTimes(directory);
}

/** The time of a copy is no property of what was copied: equal files make equal layers. */
async function setTimes(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    await utimes(join(entry.parentPath, entry.name), 0, 0);
  }
}
