import { readdir, readFile, readlink } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { isSameIp } from "@fairway/contract";

/** A socket of this network namespace that listens for TCP connections; `0.0.0.0` and `::` are every address. */
export type ListeningSocket = { readonly address: string; readonly port: number; readonly inode: string };

/** A process that holds a socket. */
export type HoldingProcess = { readonly pid: number; readonly name: string };

/** A local address to listen on: `0.0.0.0`, `::` (IPv6 alone) or one address. */
export type BindAddress = { readonly address: string; readonly port: number };

/** Who listens in the way of an address. */
export type InTheWay = {
  readonly isOurs: boolean;
  /** Inodes of the sockets of others. */
  readonly foreign: readonly string[];
  /** False: only an attempt to bind tells whether those are in the way. */
  readonly isSure: boolean;
};

const listenState = "0A";

/** The sockets of this network namespace at one moment, read once for any number of questions. */
export class SocketLook {
  readonly #texts: readonly string[];
  readonly #listening: ReadonlyMap<number, readonly ListeningSocket[]>;
  readonly #ours: ReadonlySet<string>;

  private constructor(texts: readonly string[], ours: ReadonlySet<string>) {
    this.#texts = texts;
    this.#ours = ours;
    const listening = new Map<number, ListeningSocket[]>();
    for (const socket of texts.flatMap(parseProcNetTcp)) {
      listening.set(socket.port, [...(listening.get(socket.port) ?? []), socket]);
    }
    this.#listening = listening;
  }

  /** Looks now; `own`: the processes whose sockets are ours. */
  static async take(own: readonly number[]): Promise<SocketLook> {
    const texts = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map(readOrEmpty));
    const ours = await Promise.all(own.map(socketsOf));
    return new SocketLook(texts, new Set(ours.flatMap((held) => [...held])));
  }

  /** Who listens in the way of an address: whether we do, and the sockets of others. */
  at(bind: BindAddress): InTheWay {
    const sockets = (this.#listening.get(bind.port) ?? []).filter((socket) => isInTheWay(socket, bind));
    const others = sockets.filter(({ inode }) => !this.#ours.has(inode));
    return {
      isOurs: sockets.length > others.length,
      foreign: others.map(({ inode }) => inode),
      // A socket on `::` may be one for IPv6 alone, which the kernel does not tell.
      isSure: others.some(({ address }) => isIPv6(address) === isIPv6(bind.address)),
    };
  }

  /** Where a connection leads that was made from a local port; undefined: there is none. */
  connectionFrom(port: number): string | undefined {
    const [peer] = this.#texts.flatMap((text) => peersOf(text, port));
    return peer;
  }
}

/** Reads the listening sockets of /proc/net/tcp or tcp6. */
export function parseProcNetTcp(text: string): readonly ListeningSocket[] {
  // Most lines are connections, of which there may be very many.
  const lines = text.split("\n").filter((line) => line.includes(` ${listenState} `));
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [local = "", state, inode] = [fields[1], fields[3], fields[9]];
    if (state !== listenState || inode === undefined) return [];
    return [{ ...endOf(local), inode }];
  });
}

/** The far ends of connections from a local port, in the text of /proc/net/tcp or tcp6. */
function peersOf(text: string, port: number): readonly string[] {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  return lines.flatMap(([, local = "", remote = "", state]) => {
    if (!local.endsWith(hex) || state === listenState) return [];
    const peer = endOf(remote);
    return [`${peer.address}:${peer.port}`];
  });
}

function endOf(text: string): BindAddress {
  const [address = "", port = ""] = text.split(":");
  return { address: addressOf(address), port: Number.parseInt(port, 16) };
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
export function isInTheWay(socket: BindAddress, wanted: BindAddress): boolean {
  if (socket.port !== wanted.port) return false;
  if (socket.address === "::" || isSameIp(socket.address, wanted.address)) return true;
  if (isIPv6(socket.address) !== isIPv6(wanted.address)) return false;
  return everyAddress.includes(socket.address) || everyAddress.includes(wanted.address);
}

const everyAddress: readonly string[] = ["0.0.0.0", "::"];

/** Inodes of the sockets that a process holds; empty: none, or we may not look. */
async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
}

/** Holders by the socket's inode; `isWhole`: every process was looked at, as far as we may look. */
export type FoundHolders = { readonly holders: ReadonlyMap<string, HoldingProcess>; readonly isWhole: boolean };

/** Finds who holds these sockets, looking at each process once and for `withinMs` at most. */
export async function findHolders(inodes: ReadonlySet<string>, withinMs: number): Promise<FoundHolders> {
  const holders = new Map<string, HoldingProcess>();
  const end = performance.now() + withinMs;
  const pids = inodes.size === 0 ? [] : (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids) {
    if (holders.size === inodes.size) break;
    if (performance.now() > end) return { holders, isWhole: false };
    const held = [...(await socketsOf(pid))].filter((inode) => inodes.has(inode));
    if (held.length === 0) continue;
    const name = (await readOrEmpty(`/proc/${pid}/comm`)).trim();
    for (const inode of held) if (!holders.has(inode)) holders.set(inode, { pid, name });
  }
  return { holders, isWhole: true };
}

function readOrEmpty(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
