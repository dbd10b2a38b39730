import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Where a whole Fairway on one machine keeps its files. */
export type Ground = {
  /** Absolute; also the mark on everything that is outside of it, such as containers. */
  readonly directory: string;
  /** A short name that is this directory's alone. */
  readonly mark: string;
  readonly logs: string;
  readonly images: string;
  readonly etcd: string;
  /** STATE_DIR of the proxy agent. */
  readonly proxy: string;
  readonly engine: string;
  /** Who runs here. */
  readonly lockFile: string;
};

/** A unix socket's path has at most 107 bytes; the longest name that is put below, with what HAProxy appends. */
const longestPath = 107 - "/proxy/haproxy.sock.4194304.tmp".length;

/** The files of a directory. Throws when its path is too long for sockets. */
export function groundAt(directory: string): Ground {
  if (Buffer.byteLength(directory) > longestPath) {
    throw new Error(
      `${directory}: too long for the paths of sockets; set FAIRWAY_DIRECTORY to one of at most ${longestPath} bytes`,
    );
  }
  return {
    directory,
    mark: `fairway-${createHash("sha256").update(directory).digest("hex").slice(0, 8)}`,
    logs: join(directory, "logs"),
    images: join(directory, "images"),
    etcd: join(directory, "etcd"),
    proxy: join(directory, "proxy"),
    engine: join(directory, "docker"),
    lockFile: join(directory, "running.json"),
  };
}

/** Makes the directories; what an earlier run knew is forgotten, as its containers are gone too. Logs begin anew. */
export async function prepareGround({ logs, images, etcd, proxy, engine }: Ground): Promise<void> {
  await Promise.all([logs, etcd, proxy].map((each) => rm(each, { recursive: true, force: true })));
  await Promise.all([logs, images, etcd, engine].map((each) => mkdir(each, { recursive: true })));
  await mkdir(proxy, { recursive: true, mode: 0o700 });
}
