import { readdir, readFile, readlink } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { isSameIp } from "@fairway/contract";

/** A socket of this network namespace that listens for TCP connections; `0.0.0.0` and `::` are every address. */
export type ListeningSocket = { readonly address: string; readonly port: number; readonly inode: string };

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
    const [address = "", port = ""] = local.split(":");
    if (state !== listenState || inode === undefined) return [];
    return [{ address: addressOf(address), port: Number.parseInt(port, 16), inode }];
  });
}

/** The kernel prints addresses as 32-bit words, each in the order of the machine: little-endian. */
function addressOf(hex: string): string {
  const bytes = [...hex.toLowerCase().matchAll(/../g)].map(([byte]) => byte);
  const ordered = bytes.map((_, index) => bytes[index - (index % 4) + 3 - (index % 4)] ?? "00");
  if (bytes.length === 4) return ordered.map((byte) => Number.parseInt(byte, 16)).join(".");
  const groups = ordered.join("").match(/.{4}/g) ?? [];
  return groups.every((group) => group === "0000") ? "::" : groups.join(":");
}

/** True for a socket that keeps others from listening on an address: on the same one, or every address on one side. */
export function isInTheWay(socket: Omit<ListeningSocket, "inode">, wanted: { address: string; port: number }): boolean {
  if (socket.port !== wanted.port) return false;
  if (socket.address === "::" || isSameIp(socket.address, wanted.address)) return true;
  if (isIPv6(socket.address) !== isIPv6(wanted.address)) return false;
  return everyAddress.includes(socket.address) || everyAddress.includes(wanted.address);
}

const everyAddress: readonly string[] = ["0.0.0.0", "::"];

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
