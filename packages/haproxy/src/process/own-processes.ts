import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { argumentsOf, findProcess, type OsProcess } from "./os-process.ts";

/** The files by which processes of one HAProxy are known. */
export type OwnFiles = { readonly configFile: string; readonly masterSocket: string; readonly pidFile: string };

/** The pid that HAProxy's master wrote; undefined: none did. */
export async function pidInFile(pidFile: string): Promise<number | undefined> {
  return Number((await readText(pidFile))?.split("\n")[0]) || undefined;
}

/**
 * Whether a process is of this installation. Its words alone prove nothing: anybody may start a program with them, and
 * from the host every container's HAProxy has the same. It must be in our pid namespace, and either be of our user and
 * see our files, or have been started by our master, which may have given it another user.
 */
export async function isOwnProcess(pid: number, files: OwnFiles): Promise<boolean> {
  const { configFile, masterSocket, pidFile } = files;
  const words = argumentsOf(pid);
  if (!words.includes(configFile) || !words.some((word) => word.startsWith(`${masterSocket},`))) return false;
  const [its, ours] = await Promise.all([standingOf(pid), standingOf("self")]);
  if (its === undefined || ours === undefined || its.depth !== ours.depth) return false;
  if (its.uid === ours.uid) return seesOurFiles(pid, dirname(configFile));
  return ours.uid === 0 && (await isWorkerOf(pid, await pidInFile(pidFile)));
}

/** Processes of this installation, whatever became of their master. */
export async function ownProcesses(files: OwnFiles): Promise<readonly OsProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const ours: OsProcess[] = [];
  for (const pid of pids) {
    const found = (await isOwnProcess(pid, files)) ? findProcess(pid) : undefined;
    if (found) ours.push(found);
  }
  return ours;
}

/** The effective user of a process, and in how many pid namespaces below ours it is. */
type Standing = { readonly uid: number; readonly depth: number };

/** Read from `status`, which also tells of programs with capabilities; their namespaces are hidden from their own user. */
async function standingOf(pid: number | "self"): Promise<Standing | undefined> {
  const status = await readText(`/proc/${pid}/status`);
  const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(status ?? "")?.[1];
  const pids = /^NSpid:\s+(.+)$/m.exec(status ?? "")?.[1];
  return uid === undefined ? undefined : { uid: Number(uid), depth: (pids ?? "").split(/\s+/).length };
}

/**
 * Whether what a process calls our directory is ours: it is in our mount namespace, or in another one with the same
 * directory there, as systemd makes for each start of a unit. Of one that does not tell even its own user: it is.
 */
async function seesOurFiles(pid: number, directory: string): Promise<boolean> {
  const [its, ours] = await Promise.all([mountsOf(pid), mountsOf("self")]);
  if (its === undefined || its === ours) return true;
  const [there, here] = await Promise.all([inodeOf(`/proc/${pid}/root${directory}`), inodeOf(directory)]);
  return there !== undefined && there === here;
}

async function mountsOf(pid: number | "self"): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/mnt`).catch(() => undefined);
}

async function inodeOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && `${found.dev}:${found.ino}`;
}

/** Masters are started as leaders of a session, which their workers stay in; nobody else can join it. */
async function isWorkerOf(pid: number, master: number | undefined): Promise<boolean> {
  const text = (await readText(`/proc/${pid}/stat`)) ?? "";
  const session = Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[3]);
  return pid !== master && session === master;
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(() => undefined);
}
