import { basename } from "node:path";
import { importRedisImage, redisImageTar } from "../machine-images/redis-image.ts";
import { run } from "../processes/run.ts";
import type { Ground } from "../ground/ground.ts";

/** `docker --host …`. */
export type Docker = readonly [string, ...string[]];

/** What making the image needs. */
export type ImageFacts = {
  readonly docker: Docker;
  readonly ground: Ground;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

const published = "redis:alpine";
const pullWithinMs = 60_000;

/**
 * An image with redis in it that the engine has: the published one, present or pulled, else one made of this
 * machine's own redis. Throws when the machine has no redis either.
 */
export async function demoImage({ docker, ground, say, signal }: ImageFacts): Promise<string> {
  if (await has(docker, published)) return published;
  const tar = await redisImageTar(ground.images);
  const name = `fairway/demo-redis:${basename(tar, ".tar")}`;
  if (await has(docker, name)) return name;
  say(`pulling ${published}`);
  if (await isPulled(docker, signal)) return published;
  say(`${published} cannot be pulled here; making ${name} of this machine's redis`);
  await importRedisImage(docker, tar, name);
  return name;
}

async function has(docker: Docker, image: string): Promise<boolean> {
  return run([...docker, "image", "inspect", image]).then(
    () => true,
    () => false,
  );
}

async function isPulled(docker: Docker, signal: AbortSignal): Promise<boolean> {
  const pulling = run([...docker, "pull", "--quiet", published], { timeoutMs: pullWithinMs, signal });
  return pulling.then(
    () => true,
    () => {
      signal.throwIfAborted();
      return false;
    },
  );
}
