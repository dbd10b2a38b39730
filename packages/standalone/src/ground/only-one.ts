import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
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

/**
 * Notes where the programs' admin endpoints answer: beside this run `fairway why` finds the registry by it.
 */
export async function noteAdminPorts(
  { lockFile }: Ground,
  adminPorts: { readonly registrar: number; readonly agent: number },
): Promise<void> {
  const whole = `${lockFile}.new`;
  await writeFile(whole, JSON.stringify({ ...identityOf(process.pid), adminPorts }));
  await rename(whole, lockFile);
}

async function readHolder(lockFile: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(lockFile, "utf8")) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
