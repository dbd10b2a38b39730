import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** An image that is built from a folder of deploy/images. */
export type Recipe = {
  readonly name: string;
  /** The folder with its Dockerfile, and what else the Dockerfile takes. */
  readonly folder: string;
  /** The workspace whose program is in it, and beside that the command. */
  readonly program?: "registrar" | "proxy-agent" | "cli";
};

/** Every image. */
export const recipes: readonly Recipe[] = [
  { name: "fairway/registrar", folder: "registrar", program: "registrar" },
  { name: "fairway/proxy-agent", folder: "proxy-agent", program: "proxy-agent" },
  { name: "fairway/ui", folder: "ui", program: "cli" },
  { name: "fairway/etcd", folder: "etcd" },
];

/**
 * The folders that an image has programs in, by what its Dockerfile calls them: its own is `app`, the command `cli`. None
 * where it is Debian's alone.
 */
export function bundlesOf({ program }: Recipe, root: string): Readonly<Record<string, string>> {
  const bundle = (name: string) => join(root, "packages", name, "bundle");
  if (program === undefined) return {};
  return program === "cli" ? { cli: bundle("cli") } : { app: bundle(program), cli: bundle("cli") };
}

/** Whether a file of a bundle is in images: code that this machine's V8 has made is not, as Debian's Node has another. */
export function isOfImages(path: string): boolean {
  return !path.endsWith(".cjs.code");
}

/**
 * Names everything of the clone that an image is made of, in 16 hex digits: equal for equal files, wherever and
 * whenever they were built. The base image is not among it, nor are Debian's packages of the day.
 */
export async function inputsOf(recipe: Recipe, root: string): Promise<string> {
  const folder = join(root, "deploy/images", recipe.folder);
  const files = (await Promise.all([folder, ...Object.values(bundlesOf(recipe, root))].map(filesIn))).flat();
  const hash = createHash("sha256");
  for (const file of files.toSorted()) {
    const content = await readFile(file);
    hash.update(`${file.slice(root.length)} ${content.length}\n`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const below = await readdir(folder, { recursive: true, withFileTypes: true });
  return below
    .filter((entry) => entry.isFile() && isOfImages(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name));
}
