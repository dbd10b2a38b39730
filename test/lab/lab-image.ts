import { fileURLToPath } from "node:url";
import { importRedisImage, redisImageTar } from "@fairway/standalone";

/** What containers in a lab run: redis under the name that templates use, and what a test needs beside it. */
export const labImage = "redis:alpine";

const more = ["socat", "env", "ls"];
const directory = fileURLToPath(new URL("../../.fairway/images", import.meta.url));

let making: Promise<string> | undefined;

/** The tar of the lab's image, made once, whoever asks first. */
export async function labImageTar(): Promise<string> {
  making ??= redisImageTar(directory, more);
  return making;
}

/** Gives an engine the lab's image. */
export async function importLabImage(dockerHost: string): Promise<void> {
  await importRedisImage(["docker", "--host", dockerHost], await labImageTar(), labImage);
}
