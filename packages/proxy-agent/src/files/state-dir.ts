import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";

/** Where everything of one agent and its HAProxy lies. */
export type StatePaths = {
  readonly directory: string;
  readonly lock: string;
  readonly config: string;
  /** What `config` held before the last reload. */
  readonly previousConfig: string;
  /** What HAProxy is asked to judge before it becomes `config`. */
  readonly candidate: string;
  readonly snapshot: string;
  /** Health of the servers, read by a new worker. */
  readonly serverStates: string;
  readonly socket: string;
  readonly masterSocket: string;
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
    snapshot: at("snapshot.json"),
    serverStates: at("servers.state"),
    socket: at("haproxy.sock"),
    masterSocket: at("master.sock"),
    pid: at("haproxy.pid"),
    output: at("haproxy.log"),
  };
}

/** Longest path of a unix socket (sun_path), less what HAProxy adds while it binds (`.<pid>.tmp`). */
const longestSocketPath = 107 - 12;

/** Makes the directory, for us alone (mode 700); or one line that says why it cannot be used. */
export async function prepareStateDir({ directory, masterSocket }: StatePaths): Promise<string | undefined> {
  if (Buffer.byteLength(masterSocket) > longestSocketPath) {
    return `STATE_DIR="${directory}": too long for the sockets in it`;
  }
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    return undefined;
  } catch (error) {
    return `STATE_DIR="${directory}": ${(error as Error).message}`;
  }
}
