import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** An image that is built from a folder of deploy/images. */
export type Recipe = {
  readonly name: string;
  /** The folder with its Dockerfile, and what else the Dockerfile takes. */
  readonly folder: string;
  /** The workspace whose program is in it. */
  readonly program?: "registrar" | "proxy-agent";
};

/** Every image; a program comes with the packages that it is made of. */
export const recipes: readonly Recipe[] = [
  { name: "fairway/registrar", folder: "registrar", program: "registrar" },
  { name: "fairway/proxy-agent", folder: "proxy-agent", program: "proxy-agent" },
  { name: "fairway/etcd", folder: "etcd" },
];

/** Workspaces that an image's program runs on, itself included. */
export function workspacesOf({ program }: Recipe): readonly string[] {
  return program === undefined ? [] : ["registry", "program", program];
}

/** What of a workspace is in an image. */
export const shipped = ["package.json", "dist", "templates"];

/**
 * Names everything of the clone that an image is made of, in 16 hex digits: equal for equal files, wherever and
 * whenever they were built. The base image is not among it, nor are Debian's packages of the day.
 */
export async function inputsOf(recipe: Recipe, root: string): Promise<string> {
  const folder = join(root, "deploy/images", recipe.folder);
  const workspaces = workspacesOf(recipe).map((name) => join(root, "packages", name));
  const parts = workspaces.flatMap((workspace) => shipped.map((part) => join(workspace, part)));
  const locked = workspaces.length > 0 ? [join(root, "package-lock.json")] : [];
  const files = (await Promise.all([folder, ...parts, ...locked].map(filesIn))).flat();
  const hash = createHash("sha256");
  for (const file of files.filter((path) => isShipped(path)).toSorted()) {
    const content = await readFile(file);
    hash.update(`${file.slice(root.length)} ${content.length}\n`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Types, maps and manuals are for those who build, not for what runs. Licences stay. */
export function isShipped(path: string): boolean {
  if (/licen[cs]e|copying|notice/i.test(path)) return true;
  return !/\.([cm]?ts|map|md|markdown|tsbuildinfo)$/.test(path);
}

/** The files at and below a path; none when it does not exist. */
async function filesIn(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [path];
  const below = await readdir(path, { recursive: true, withFileTypes: true });
  return below.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}
