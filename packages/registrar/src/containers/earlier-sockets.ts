import { type FileHandle, open } from "node:fs/promises";
import { addAbortListener } from "node:events";
import { isInTheWay, type ListeningSocket, parseProcNetTcp } from "@fairway/program";
import type { Target } from "./gate-targets.ts";

export type EarlierSocketsOptions = {
  /** How often the machine's listening sockets are looked at. (5000) */
  readonly lookEveryMs?: number;
  readonly signal: AbortSignal;
};

/** How much earlier a program may listen than its engine says that its container has started. */
const sureMs = 1000;

/** So much of a file in /proc is read at once. */
const chunkBytes = 16 * 1024;

/** The kernel stops where a page of memory has no room for another line: what is shorter than this has come to the end. */
const fullBytes = 4096 - 256;

/** How often it is looked which sockets of the machine listen: the kernel goes through all that it has room for. */
const usualLookEveryMs = 5000;

/**
 * Tells a program's own listening sockets from those that were there before it started, of which a proxy's are some. Of
 * a machine whose sockets cannot be seen from here nothing is told.
 */
export class EarlierSockets {
  /** When each socket was seen first, by its inode; milliseconds since 1970. */
  #firstSeen: ReadonlyMap<string, number> = new Map();

  constructor({ lookEveryMs = usualLookEveryMs, signal }: EarlierSocketsOptions) {
    const timer = setInterval(() => void this.look(), lookEveryMs).unref();
    addAbortListener(signal, () => clearInterval(timer));
    void this.look();
  }

  /** The sockets of now. */
  async look(): Promise<readonly ListeningSocket[]> {
    const texts = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map(readListening));
    const sockets = texts.flatMap(parseProcNetTcp);
    const nowMs = Date.now();
    this.#firstSeen = new Map(sockets.map(({ inode }) => [inode, this.#firstSeen.get(inode) ?? nowMs]));
    return sockets;
  }

  /** True when all that listens at an address of this machine has done so since before a time. */
  async areAll({ ip, port }: Target, beforeMs: number): Promise<boolean> {
    const sockets = (await this.look()).filter((socket) => isInTheWay(socket, { address: ip, port }));
    const isEarlier = ({ inode }: ListeningSocket) => (this.#firstSeen.get(inode) ?? Infinity) <= beforeMs - sureMs;
    return sockets.length > 0 && sockets.every(isEarlier);
  }
}

/** The lines of listening sockets: they come first, and there may be very many connections after them. */
async function readListening(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  try {
    return file === undefined ? "" : await readUntilConnections(file);
  } catch {
    return "";
  } finally {
    await file?.close();
  }
}

async function readUntilConnections(file: FileHandle): Promise<string> {
  const buffer = Buffer.alloc(chunkBytes);
  let text = "";
  while (true) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, null);
    text += buffer.toString("latin1", 0, bytesRead);
    const lines = text.split("\n").slice(1, -1);
    if (bytesRead < fullBytes || lines.some((line) => line.trim().split(/\s+/)[3] !== "0A")) return text;
  }
}
