import { readdir, readFile, readlink } from "node:fs/promises";

/** A socket of this network namespace that listens for TCP connections. */
export type ListeningSocket = { readonly port: number; readonly inode: string };

/** A process that holds a socket. */
export type Holder = { readonly pid: number; readonly name: string };

const listenState = "0A";

/** Every listening socket of this network namespace, IPv4 and IPv6. */
export async function listeningSockets(): Promise<readonly ListeningSocket[]> {
  const texts = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map(readOrEmpty));
  return texts.flatMap(parseProcNetTcp);
}

/** Reads /proc/net/tcp or tcp6. */
export function parseProcNetTcp(text: string): readonly ListeningSocket[] {
  return text.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [local = "", state, inode] = [fields[1], fields[3], fields[9]];
    const port = Number.parseInt(local.slice(local.lastIndexOf(":") + 1), 16);
    return state === listenState && inode !== undefined ? [{ port, inode }] : [];
  });
}

/** Inodes of the sockets that a process holds; empty: none, or we may not look. */
export async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
}

/** The first process found that holds one of these sockets; undefined: none that we may look into. */
export async function holderOf(inodes: ReadonlySet<string>): Promise<Holder | undefined> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids) {
    const held = await socketsOf(pid);
    if (![...inodes].some((inode) => held.has(inode))) continue;
    return { pid, name: (await readOrEmpty(`/proc/${pid}/comm`)).trim() };
  }
  return undefined;
}

function readOrEmpty(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
