import { chmod, lstat, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { geteuid } from "node:process";
import { shown } from "@fairway/contract";

/** Where everything of one agent and its HAProxy lies. */
export type StatePaths = {
  readonly directory: string;
  readonly lock: string;
  readonly config: string;
  /** What `config` held before the last reload. */
  readonly previousConfig: string;
  /** What HAProxy is asked to judge before it becomes `config`. */
  readonly candidate: string;
  /** Folder of who may connect to which listener. */
  readonly lists: string;
  readonly snapshot: string;
  /** The operator's template as HAProxy last accepted it. */
  readonly template: string;
  /** Health of the servers, read by a new worker. */
  readonly serverStates: string;
  readonly socket: string;
  readonly masterSocket: string;
  /** Over it a worker tells the next one what it counted. */
  readonly peersSocket: string;
  /** Over it HAProxy asks itself which role a server has. */
  readonly rolesSocket: string;
  /** By server: its role as it was last found, and how a check logs in there. */
  readonly roles: string;
  readonly logins: string;
  /** A folder: what TLS listeners load. */
  readonly certificates: string;
  /** A folder: those of labels, by port. */
  readonly portCertificates: string;
  /** A folder: the authorities that servers need a certificate of. */
  readonly authorities: string;
  /** A folder: what happened, in segments, and texts of configurations. */
  readonly journal: string;
  readonly pid: string;
  readonly output: string;
};

/** The paths under STATE_DIR. */
export function statePaths(directory: string): StatePaths {
  const at = (name: string) => join(directory, name);
  return {
    directory,
    lock: at("agent.lock"),
    config: at("haproxy.cfg"),
    previousConfig: at("haproxy.cfg.previous"),
    candidate: at("haproxy.cfg.candidate"),
    lists: at("lists"),
    snapshot: at("snapshot.json"),
    template: at("template.mustache"),
    serverStates: at("servers.state"),
    socket: at("haproxy.sock"),
    masterSocket: at("master.sock"),
    peersSocket: at("peers.sock"),
    rolesSocket: at("roles.sock"),
    roles: at("roles"),
    logins: at("logins"),
    certificates: at("certificates"),
    portCertificates: at("port-certificates"),
    authorities: at("authorities"),
    journal: at("journal"),
    pid: at("haproxy.pid"),
    output: at("haproxy.log"),
  };
}

/** The socket over which what is opened on a port comes that passes other names through: no longer than the others. */
export function namesSocket(directory: string, port: number): string {
  return join(directory, `${port}.sock`);
}

/** Longest path of a unix socket (sun_path), less what HAProxy adds while it binds (`.<pid>.tmp`). */
const longestSocketPath = 107 - 12;

/**
 * Makes the directory, for us alone (mode 700); or one line that says why it cannot be used. One of another owner, who
 * could replace what HAProxy reads, is refused, as is what others put into it while they could: links, and files of theirs.
 */
export async function prepareStateDir({ directory, masterSocket }: StatePaths): Promise<string | undefined> {
  if (Buffer.byteLength(masterSocket) > longestSocketPath) {
    return `STATE_DIR="${directory}": too long for the sockets in it`;
  }
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const { uid } = await stat(directory);
    if (uid !== ownUid()) return `STATE_DIR="${directory}": belongs to uid ${uid}, ${ownWay(directory)}`;
    await chmod(directory, 0o700);
    const names = await readdir(directory);
    const foreign = (await Promise.all(names.map((name) => foreignAt(directory, name)))).find((each) => each !== "");
    return foreign === undefined ? undefined : `STATE_DIR="${directory}": ${foreign}`;
  } catch (error) {
    return `STATE_DIR="${directory}": ${(error as Error).message}`;
  }
}

function ownUid(): number {
  return geteuid?.() ?? 0;
}

function ownWay(directory: string): string {
  return `and this program runs as uid ${ownUid()}: name another directory, or chown ${ownUid()} ${directory}`;
}

/** What is wrong with an entry of the directory; empty: nothing. Root's are left to root. */
async function foreignAt(directory: string, name: string): Promise<string> {
  const found = await lstat(join(directory, name)).catch(() => undefined);
  if (found === undefined) return "";
  if (found.isSymbolicLink()) return `holds a symbolic link, ${shown(name)}, which is not followed: remove it`;
  if (found.uid === ownUid() || found.uid === 0) return "";
  return `holds ${shown(name)}, which belongs to uid ${found.uid}: remove it, or name another directory`;
}
