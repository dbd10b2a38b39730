import type { AgentSettings } from "@fairway/contract";
import { resolve } from "node:path";
import { exitCode, ProgramExit, type Log } from "@fairway/program";
import { Haproxy, haproxyVersion } from "@fairway/haproxy";
import { takeLock } from "../files/lock.ts";
import { readSnapshot } from "../files/snapshot-file.ts";
import { prepareStateDir, statePaths, type StatePaths } from "../files/state-dir.ts";
import { StateFiles } from "../files/state-files.ts";
import { adopt, type Running } from "../reconcile/lifecycle.ts";

/** Options of {@link openProxy}. */
export type ProxyOptions = {
  readonly settings: Pick<AgentSettings, "stateDir" | "haproxyBin">;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  /** Ends the wait for a STATE_DIR that another agent holds. */
  readonly signal: AbortSignal;
};

/** A STATE_DIR that is ours alone, and its HAProxy. */
export type Proxy = {
  readonly haproxy: Haproxy;
  readonly version: string;
  /** Its HAProxy runs programs in Lua. */
  readonly hasLua: boolean;
  readonly files: StateFiles;
  /** What the last agent remembered; undefined: nothing that can be read. */
  readonly memory: unknown;
  /** The HAProxy that the last agent left; undefined: none runs. */
  readonly adopted: Running | undefined;
  /** Writes what is outstanding and lets go of STATE_DIR; HAProxy goes on. */
  readonly close: () => Promise<void>;
};

/**
 * Takes STATE_DIR for itself, reads what the last agent left, and adopts its HAProxy. Throws ProgramExit when the
 * directory or HAProxy cannot be used, and the signal's reason when that aborts first.
 */
export async function openProxy({ settings, env, log, signal }: ProxyOptions): Promise<Proxy> {
  const { haproxyBin } = settings;
  const paths = statePaths(resolve(settings.stateDir));
  const proxyEnv = withoutSecrets(env);
  const version = await haproxyVersion(haproxyBin, proxyEnv);
  if (!version.ok) throw new ProgramExit(exitCode.setting, [version.reason]);
  const unusable = await prepareStateDir(paths);
  if (unusable !== undefined) throw new ProgramExit(exitCode.setting, [unusable]);
  const lock = await takeLock(paths.lock, signal);
  if (!lock) {
    throw new ProgramExit(exitCode.setting, [`STATE_DIR="${paths.directory}": another agent is using it`]);
  }
  const haproxy = haproxyOf(haproxyBin, proxyEnv, paths);
  const memory = await memoryIn(paths, log);
  const files = new StateFiles({ paths, memory, log });
  const adopted = await adopt(haproxy, log);
  const close = async () => {
    await files.close();
    await lock.release();
  };
  return { haproxy, version: version.version, hasLua: version.hasLua, files, memory, adopted, close };
}

function haproxyOf(bin: string, env: NodeJS.ProcessEnv, paths: StatePaths): Haproxy {
  const { config, masterSocket, pid, output, socket } = paths;
  return new Haproxy({ bin, env, configFile: config, masterSocket, pidFile: pid, outputFile: output, socket });
}

async function memoryIn({ snapshot }: StatePaths, log: Log): Promise<unknown> {
  const read = await readSnapshot(snapshot);
  if (read.is === "unreadable") log.warn({ reason: read.reason }, "snapshot left aside");
  return read.is === "read" ? read.memory : undefined;
}

/** HAProxy needs no way to the registry, and has its keys from files alone. */
export function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isSecret = ([name, text = ""]: readonly [string, string | undefined]) => {
    return /^(ADDON_)?ETCD_/.test(name) || text.includes("PRIVATE KEY-----");
  };
  return Object.fromEntries(Object.entries(env).filter((each) => !isSecret(each)));
}
