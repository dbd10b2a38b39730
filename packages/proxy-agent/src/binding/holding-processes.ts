import { readdir, readFile, readlink } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { type BindAddress, isInTheWay, type ListeningSocket, parseProcNetTcp, tcpPeersOf } from "@fairway/program";

/** A process that holds a socket. */
export type HoldingProcess = { readonly pid: number; readonly name: string };

/** Who listens in the way of an address. */
export type InTheWay = {
  readonly isOurs: boolean;
  /** Inodes of the sockets of others. */
  readonly foreign: readonly string[];
  /** False: only an attempt to bind tells whether those are in the way. */
  readonly isSure: boolean;
};

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

  /** Where a connection leads that is in the way of an address; undefined: there is none. */
  connectionAt(bind: BindAddress): string | undefined {
    const [peer] = this.#texts.flatMap((text) => tcpPeersOf(text, bind));
    return peer;
  }
}

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
