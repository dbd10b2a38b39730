import { run } from "../processes/run.ts";
import { machineImage } from "./machine-image.ts";

/**
 * Redis as it comes answers nobody but its own loopback. The published image lifts that for a container's only
 * program, so whatever stands in for it does too.
 */
const scripts = { "redis-server": '#!/bin/sh\nexec /usr/bin/redis-server "$@" --protected-mode no\n' };

const programs = ["redis-server", "redis-cli", "sh", "cat", "sleep"];

/** The tar of an image that stands in for `redis:alpine`, of this machine's own redis, with more programs if wanted. */
export async function redisImageTar(directory: string, more: readonly string[] = []): Promise<string> {
  return machineImage({ programs: [...programs, ...more], scripts }, directory);
}

/** Gives an engine that image under a name. `docker` is the command with its options. */
export async function importRedisImage(
  docker: readonly [string, ...string[]],
  tar: string,
  name: string,
): Promise<void> {
  await run([...docker, "import", "--change", 'CMD ["redis-server"]', tar, name]);
}
