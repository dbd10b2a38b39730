import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { storageDriver } from "@fairway/standalone";
import type { EngineApi } from "./engine-api.ts";
import { fairwayImagesTar, loadFairwayImages } from "./fairway-images.ts";
import { importLabImage, labImage, labImageTar } from "./lab-image.ts";
import type { World } from "./world/world.ts";

/** An engine that has not been started yet. */
export type NewEngine = {
  readonly world: World;
  /** Where it keeps its images: a path in the world. */
  readonly dataRoot: string;
  readonly start: () => Promise<void>;
  readonly dockerHost: string;
  readonly api: EngineApi;
};

const directory = fileURLToPath(new URL("../../.fairway/images", import.meta.url));

/** What of a data root is images: no id, no network and no container of an engine. */
const parts = ["image", storageDriver];

/**
 * Starts an engine that has the lab's image, if wanted those of the working tree too. Images are unpacked once and kept as
 * an engine holds them, as copying that takes a fraction of unpacking them for each engine.
 */
export async function startWithImages(engine: NewEngine, withFairway: boolean): Promise<void> {
  const tars = [await labImageTar(), ...(withFairway ? [await fairwayImagesTar()] : [])];
  const kind = withFairway ? "engine-fairway-" : "engine-lab-";
  const kept = join(directory, kind + tars.map((tar) => basename(tar, ".tar")).join("-"));
  if (existsSync(kept)) await copyIn(engine, kept);
  await engine.start();
  if (await hasImages(engine, withFairway)) return;
  await importLabImage(engine.dockerHost);
  if (withFairway) await loadFairwayImages(engine.dockerHost);
  if (!existsSync(kept)) await keep(engine, kept, kind);
}

/** What was not copied whole is not there. */
async function copyIn({ world, dataRoot }: NewEngine, kept: string): Promise<void> {
  const script = 'mkdir -p "$1" && cp -a "$0/." "$1" || rm -rf "$1"';
  await world.run(["sh", "-c", script, kept, dataRoot]);
}

/** False also where an engine keeps its images in another way than in what was copied. */
async function hasImages({ api }: NewEngine, withFairway: boolean): Promise<boolean> {
  const names = [
    labImage,
    ...(withFairway ? ["fairway/registrar", "fairway/proxy-agent", "fairway/ui", "fairway/etcd"] : []),
  ];
  const answers = names.map((name) => api.ask("GET", `/images/${name}/json`));
  return Promise.all(answers).then(
    () => true,
    () => false,
  );
}

/** Keeps an engine's images, which has nothing else yet, and removes those of earlier states. */
async function keep({ world, dataRoot }: NewEngine, kept: string, kind: string): Promise<void> {
  const making = join(directory, `making-${randomUUID()}`);
  await mkdir(making, { recursive: true });
  try {
    await world.run(["sh", "-c", 'cd "$0" && cp -a "$@"', dataRoot, ...parts, making]);
    const all = (await readdir(directory)).map((name) => join(directory, name));
    const earlier = all.filter((path) => basename(path).startsWith(kind) && path !== kept);
    await Promise.all(earlier.map((path) => rm(path, { recursive: true, force: true })));
    await rename(making, kept);
  } catch (error) {
    // Another engine of this state was as quick, or keeps its images in another way.
    if (!existsSync(kept)) console.log(`images are not kept: ${String(error)}`);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}
