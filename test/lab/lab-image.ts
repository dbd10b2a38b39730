import { fileURLToPath } from "node:url";
import { machineImage, run } from "@fairway/standalone";

/** What containers in a lab run: redis under the name that templates use, and what a test needs beside it. */
export const labImage = "redis:alpine";

const programs = ["redis-server", "redis-cli", "socat", "sh", "cat", "sleep", "env", "ls"];
const directory = fileURLToPath(new URL("../../.fairway/images", import.meta.url));

/** Gives an engine the lab's image. */
export async function importLabImage(dockerHost: string): Promise<void> {
  const tar = await labImageTar();
  await run(["docker", "--host", dockerHost, "import", tar, labImage]);
}

let making: Promise<string> | undefined;

/** Made once, whoever asks first. */
async function labImageTar(): Promise<string> {
  making ??= machineImage(programs, directory);
  return making;
}
