import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { identityOf, isAlive } from "../processes/identity.ts";
import type { ProcessIdentity } from "../processes/identity.ts";
import { signalProcess } from "../processes/signal-process.ts";
import { until } from "../processes/until.ts";

/**
 * Ends every HAProxy process that runs on the configuration of a state directory, and no other: first asked to,
 * after two seconds killed. Resolves when they are gone.
 */
export async function stopHaproxyOf(stateDir: string): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const running = await haproxiesOf(stateDir);
    for (const { pid } of running) signalProcess(pid, signal);
    const areGone = () => !running.some(isAlive);
    await until(areGone, { what: `HAProxy of ${stateDir} ends after ${signal}`, withinMs: 2000 }).catch(() => {});
  }
}

async function haproxiesOf(stateDir: string): Promise<readonly ProcessIdentity[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => ((await isHaproxyOf(pid, stateDir)) ? identityOf(Number(pid)) : undefined)),
  );
  return found.filter((each) => each !== undefined);
}

async function isHaproxyOf(pid: string, stateDir: string): Promise<boolean> {
  const [name, commandLine] = await Promise.all([`/proc/${pid}/comm`, `/proc/${pid}/cmdline`].map(readOrEmpty));
  return name?.trim() === "haproxy" && commandLine?.split("\0").includes(join(stateDir, "haproxy.cfg")) === true;
}

async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
