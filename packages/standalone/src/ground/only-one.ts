import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { identityOf, isAlive } from "../processes/identity.ts";
import type { ProcessIdentity } from "../processes/identity.ts";
import type { Ground } from "./ground.ts";

/**
 * Takes the ground for this process; answers how to give it back. Throws when a living process has it: two would
 * remove each other's parts as leftovers.
 */
export async function takeGround({ lockFile, directory }: Ground): Promise<() => Promise<void>> {
  const holder = await readHolder(lockFile);
  if (holder !== undefined && isAlive(holder)) {
    throw new Error(`${directory} is in use by process ${holder.pid}: stop that one first (kill ${holder.pid})`);
  }
  await mkdir(directory, { recursive: true });
  await rm(lockFile, { force: true });
  await writeFile(lockFile, JSON.stringify(identityOf(process.pid)), { flag: "wx" });
  return () => rm(lockFile, { force: true });
}

async function readHolder(lockFile: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(lockFile, "utf8")) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
