import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chooseEngine } from "../engine/choose-engine.ts";
import { groundAt } from "../ground/ground.ts";
import { removeLeftovers } from "../leftovers.ts";
import { takeGround } from "../ground/only-one.ts";
import { undoList } from "../undo.ts";
import { buildImages } from "./build-images.ts";
import type { BuiltImage } from "./build-images.ts";
import type { ImageWork } from "./image-work.ts";
import { imagesTar, isSaved, saveImages } from "./save-images.ts";

/** A tar of all images for `docker load`, and what was built for it; nothing when it was there. */
export type SavedImages = { readonly tar: string; readonly built: readonly BuiltImage[] };

/**
 * Answers the tar of the clone's images. Where it is not there yet, they are built on the engine that DOCKER_HOST names,
 * else on the machine's, else on one of our own, which keeps its layers for the next time.
 */
export async function ensureImagesTar(work: Omit<ImageWork, "docker">): Promise<SavedImages> {
  const tar = await imagesTar(work);
  if (await isSaved(tar)) return { tar, built: [] };
  const { directory, logs, say, signal } = work;
  const ground = { ...groundAt(directory), logs };
  const undo = undoList(say);
  const giveBack = await takeGround(ground);
  try {
    await removeLeftovers(ground);
    undo.add("remove what was left", () => removeLeftovers(ground));
    await Promise.all([ground.engine, logs].map((each) => mkdir(each, { recursive: true })));
    const dockerHost = process.env["DOCKER_HOST"];
    const engine = await chooseEngine({ dockerHost, ground, say, signal });
    undo.add("stop the Docker engine", engine.stop);
    const withEngine = { ...work, docker: ["docker", "--host", engine.dockerHost] as const };
    const built = await buildImages(withEngine);
    say(`saving them as ${tar}`);
    await saveImages(withEngine, tar);
    return { tar, built };
  } finally {
    await undo.all();
    await giveBack();
  }
}

/** Where a clone keeps what building images leaves. */
export function imagePlaces(root: string): Pick<ImageWork, "root" | "directory" | "logs"> {
  return { root, directory: join(root, ".fairway/images"), logs: join(root, ".fairway/logs") };
}
