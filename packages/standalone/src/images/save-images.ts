import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { runLogged } from "../processes/run-logged.ts";
import { baseOn } from "./base-image.ts";
import type { ImageWork } from "./image-work.ts";
import { inputsOf, recipes } from "./recipes.ts";

const isOurs = /^fairway-images-[0-9a-f]{16}\.tar$/;

/** Where the tar with all images of the clone's present state is, or would be. */
export async function imagesTar({ root, directory }: Pick<ImageWork, "root" | "directory">): Promise<string> {
  const inputs = await Promise.all(recipes.map((recipe) => inputsOf(recipe, root)));
  const name = createHash("sha256")
    .update(["with its base", ...inputs].join())
    .digest("hex")
    .slice(0, 16);
  return join(directory, `fairway-images-${name}.tar`);
}

/** True when that tar is there. */
export async function isSaved(tar: string): Promise<boolean> {
  return (await stat(tar).catch(() => undefined)) !== undefined;
}

/**
 * Saves the engine's images as that tar, for `docker load` on other engines. The base image, which is a part of each, has
 * its name there too: an engine that has loaded them builds none of them again. Tars of earlier states go.
 */
export async function saveImages({ docker, directory, logs, signal }: ImageWork, tar: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const making = `${tar}.${process.pid}`;
  const base = await baseOn(docker);
  const names = [...recipes.map(({ name }) => `${name}:latest`), ...(base === undefined ? [] : [base.name])];
  const command = [...docker, "save", "--output", making, ...names];
  try {
    await runLogged({ name: "docker save", command, logFile: join(logs, "docker-save.log") }, signal);
    const earlier = (await readdir(directory)).filter((name) => isOurs.test(name));
    await Promise.all(earlier.map((name) => rm(join(directory, name))));
    await rename(making, tar);
  } finally {
    await rm(making, { force: true });
  }
}
