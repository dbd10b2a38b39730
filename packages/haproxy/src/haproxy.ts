import { checkConfig, type CheckOutcome } from "./process/check.ts";
import { askWorkerByPid, showProc, tellWorkerByPid } from "./process/master.ts";
import { boundOutput } from "./process/output.ts";
import type { OsProcess } from "./process/os-process.ts";
import {
  findHaproxy,
  ourProcesses,
  startHaproxy,
  stopHaproxy,
  type Installation,
  type StartOutcome,
} from "./process/process.ts";
import { reloadHaproxy, type ReloadOutcome } from "./process/reload.ts";
import { askWorker } from "./runtime/runtime-socket.ts";
import { parseServersState, type ServerState } from "./tables/servers-state.ts";
import { parseShowInfo, type WorkerInfo } from "./tables/show-info.ts";
import type { Processes } from "./tables/show-proc.ts";
import { parseShowSess, type Session } from "./tables/show-sess.ts";
import { parseShowStat, type ServerLoad } from "./tables/show-stat.ts";

/** What the current worker says of itself and its servers, all by one worker at one moment. */
export type WorkerReading = { readonly info: WorkerInfo; readonly servers: readonly ServerState[] };

/** One HAProxy: everything that is asked of it. Holds no rules. Methods reject when it does not answer. */
export type Haproxy = {
  /** Sends commands to the current worker; one answer each. */
  readonly ask: (commands: readonly string[]) => Promise<readonly string[]>;
  readonly info: () => Promise<WorkerInfo>;
  readonly read: () => Promise<WorkerReading>;
  readonly loads: (listeners: readonly string[]) => Promise<readonly ServerLoad[]>;
  readonly processes: () => Promise<Processes>;
  /** Sessions of one worker, old or current. */
  readonly sessions: (pid: number) => Promise<readonly Session[]>;
  readonly endSessions: (pid: number, ids: readonly string[]) => Promise<void>;
  readonly check: (file: string, signal: AbortSignal) => Promise<CheckOutcome>;
  readonly find: () => Promise<OsProcess | undefined>;
  /** Processes of this installation, whatever became of their master. */
  readonly leftovers: () => Promise<readonly OsProcess[]>;
  readonly start: (signal: AbortSignal) => Promise<StartOutcome>;
  readonly reload: () => Promise<ReloadOutcome>;
  readonly stop: (master: OsProcess, limitMs: number) => Promise<void>;
  /** Keeps the file that it writes to from growing without end. */
  readonly boundOutput: () => Promise<void>;
};

const timeoutMs = 5000;

/** HAProxy of one installation; `socket` is the path of its admin stats socket. */
export function haproxyAt(installation: Installation, socket: string): Haproxy {
  const worker = { path: socket, timeoutMs };
  const master = { path: installation.masterSocket, timeoutMs };
  const { outputFile, configFile, bin, env } = installation;
  return {
    ask: (commands) => askWorker(worker, commands),
    info: async () => parseShowInfo((await askWorker(worker, ["show info"]))[0] ?? ""),
    read: async () => {
      const [info = "", servers = ""] = await askWorker(worker, ["show info", "show servers state"]);
      return { info: parseShowInfo(info), servers: parseServersState(servers) };
    },
    loads: async (listeners) => {
      const answers = await askWorker(
        worker,
        listeners.map((name) => `show stat ${name} 4 -1`),
      );
      return answers.flatMap(parseShowStat);
    },
    processes: () => showProc(master),
    sessions: async (pid) => parseShowSess(await askWorkerByPid(master, pid, "show sess")),
    endSessions: (pid, ids) =>
      tellWorkerByPid(
        master,
        pid,
        ids.map((id) => `shutdown session ${id}`),
      ),
    check: (file, signal) => checkConfig({ bin, file, env, signal }),
    find: () => findHaproxy(installation),
    leftovers: () => ourProcesses(installation),
    start: (signal) => startHaproxy(installation, signal),
    reload: () => reloadHaproxy({ master, worker, outputFile, configFile }),
    stop: stopHaproxy,
    boundOutput: () => boundOutput(outputFile),
  };
}
