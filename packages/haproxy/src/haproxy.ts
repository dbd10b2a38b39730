import type { Front } from "@fairway/contract";
import { isLimit, listEntries } from "./admission.ts";
import type { ListenerList } from "./configuration.ts";
import { defaultCertificatesTable } from "./default-certificates.ts";
import { checkConfig, type CheckOutcome } from "./process/binary.ts";
import type { OsProcess } from "./process/os-process.ts";
import { boundOutput } from "./process/output.ts";
import { findHaproxy, startHaproxy, stopHaproxy, type Installation, type StartOutcome } from "./process/process.ts";
import { ownProcesses } from "./process/own-processes.ts";
import { reloadHaproxy, type ReloadOutcome } from "./process/reload.ts";
import { answerKind, type ChangeOutcome, type CommandAnswer } from "./runtime/answers.ts";
import { askNames, askSectionNames, type Ask } from "./runtime/ask-names.ts";
import {
  changeCertificates,
  hasAuthorities,
  loadAuthorities,
  readCertificates,
  type CertificateCommand,
} from "./runtime/certificates.ts";
import {
  endSession,
  showFigures,
  showInfo,
  showLoad,
  showServers,
  showServersOf,
  showSessions,
  showTable,
  type ListFile,
  type ServerCommand,
} from "./runtime/commands.ts";
import { changeServers } from "./runtime/change-servers.ts";
import { HeldWorker } from "./runtime/held-worker.ts";
import { replaceEntries } from "./runtime/lists.ts";
import { LogStream, type LogStreamCallbacks } from "./runtime/log-stream.ts";
import { readRefused, showRefused, type HeldRefused, type RefusedReading } from "./runtime/refused.ts";
import { askWorker, askWorkerByPid, showProc, tellWorkerByPid, type Socket } from "./runtime/sockets.ts";
import { parseServersState, type ServerState } from "./tables/server-state.ts";
import { assignedIn, SectionNames, type WorkerNames } from "./tables/worker-names.ts";
import type { Processes } from "./tables/show-proc.ts";
import {
  parseCounts,
  parseFigures,
  parseShowInfo,
  parseShowSess,
  parseShowStat,
  type ServerFigures,
  type ServerLoad,
  type Session,
  type WorkerInfo,
} from "./tables/worker.ts";

/** What the current worker says of itself, its servers, and names on ports. */
export type WorkerReading = {
  readonly info: WorkerInfo;
  readonly servers: readonly ServerState[];
  readonly names: WorkerNames;
};

/** How long HAProxy has to answer a command. */
const answerMs = 5000;
/** How long a master has that did not answer last time: runtime commands wait meanwhile. */
const silentAnswerMs = 1000;

/** One HAProxy: everything that can be asked of it. Methods reject when it does not answer. */
export class Haproxy {
  readonly #installation: Installation;
  readonly #worker: Socket;
  readonly #master: Socket;
  /** By what the current worker calls sections. */
  #names = new SectionNames();
  #isMasterSilent = false;

  constructor(installation: Installation) {
    this.#installation = installation;
    this.#worker = { path: installation.socket, timeoutMs: answerMs };
    this.#master = { path: installation.masterSocket, timeoutMs: answerMs };
  }

  /** Carries out changes of servers over one connection, in order; one answer each. */
  change(commands: readonly ServerCommand[]): Promise<ChangeOutcome> {
    return changeServers(this.#worker, commands, this.#names.sectionOf);
  }

  /**
   * Gives the current worker another list in place of the one in a file, all at once: at no moment is there less in it
   * than before or after. The file stays as it is.
   */
  replaceList(path: string, list: ListenerList): Promise<CommandAnswer> {
    return this.replaceEntries({ is: isLimit(list) ? "map" : "acl", path }, listEntries(list));
  }

  /** The same for whatever stands in a file, entry by entry. */
  replaceEntries(file: ListFile, entries: readonly string[]): Promise<CommandAnswer> {
    return replaceEntries(this.#worker, file, entries);
  }

  /** From now on these names have these spare backends of the current worker, as its files of names are to say. */
  assign(spares: ReadonlyMap<Front, string>): void {
    this.#names = new SectionNames(spares);
  }

  /** The current worker. */
  async info(): Promise<WorkerInfo> {
    return parseShowInfo((await askWorker(this.#worker, [showInfo]))[0] ?? "");
  }

  /** The current worker, its servers, and what it has of names on ports: by that it tells which server is whose. */
  async read(): Promise<WorkerReading> {
    const ask: Ask = (commands) => askWorker(this.#worker, commands);
    const [[info = "", servers = ""], names] = await Promise.all([ask([showInfo, showServers]), askNames(ask)]);
    const { frontOf } = new SectionNames(assignedIn(names));
    return { info: parseShowInfo(info), servers: parseServersState(servers, frontOf), names };
  }

  /** The servers of these listeners; none of a listener that there is not. */
  async servers(listeners: readonly Front[]): Promise<readonly ServerState[]> {
    const { sectionOf, frontOf } = this.#names;
    const answers = await askWorker(this.#worker, listeners.map(sectionOf).map(showServersOf));
    return answers.flatMap((text) => (answerKind(text) === "missing" ? [] : parseServersState(text, frontOf)));
  }

  /** How busy the servers of these listeners are. */
  async loads(listeners: readonly Front[]): Promise<readonly ServerLoad[]> {
    const { sectionOf, frontOf } = this.#names;
    const answers = await askWorker(this.#worker, listeners.map(sectionOf).map(showLoad));
    return answers.flatMap((answer) => parseShowStat(answer, frontOf));
  }

  /** The current worker, and what each of its servers has done. */
  async figures(): Promise<{ readonly pid: number; readonly servers: readonly ServerFigures[] }> {
    const [info = "", stat = ""] = await askWorker(this.#worker, [showInfo, showFigures]);
    return { pid: parseShowInfo(info).pid, servers: parseFigures(stat, this.#names.listenerOf) };
  }

  /** The current worker, and the connections that it refused, by listener and reason, and by source. */
  async refused(): Promise<RefusedReading> {
    return readRefused(await askWorker(this.#worker, showRefused));
  }

  /** The current worker, which tells what it refused until it is let go, also after a reload. */
  async holdRefused(): Promise<HeldRefused> {
    const held = await HeldWorker.open(this.#worker);
    return { read: async () => readRefused(await held.ask(showRefused)), close: () => held.close() };
  }

  /** The log of connections of the current worker, or of another one; see {@link LogStream}. */
  openLog(callbacks: LogStreamCallbacks, pid?: number): LogStream {
    if (pid === undefined) return LogStream.ofCurrent(this.#worker.path, callbacks);
    return LogStream.ofWorker(this.#master.path, pid, callbacks);
  }

  /** Whether a worker takes no more connections and has none left. */
  async isIdle(pid: number): Promise<boolean> {
    const { isStopping = false, connections } = parseShowInfo(await askWorkerByPid(this.#master, pid, showInfo));
    return isStopping && connections === 0;
  }

  /** The certificates of a crt-list: SHA-1 by file, in the list's order; undefined: no listener has the list. */
  certificates(list: string): Promise<ReadonlyMap<string, string> | undefined> {
    return readCertificates(this.#worker, list);
  }

  /** Carries out changes of a crt-list's certificates; answers what HAProxy would not do, empty: it did all of it. */
  changeCertificates(list: string, commands: readonly CertificateCommand[]): Promise<string> {
    return changeCertificates(this.#worker, list, commands);
  }

  /** How many connections got the default certificate for want of one of their name, by port, since this worker began. */
  async unnamed(): Promise<ReadonlyMap<number, number>> {
    return parseCounts((await askWorker(this.#worker, [showTable(defaultCertificatesTable)]))[0] ?? "");
  }

  /** Whether servers can be added that name this file of authorities. */
  hasAuthorities(file: string): Promise<boolean> {
    return hasAuthorities(this.#worker, file);
  }

  /** Makes it know a file of authorities; answers what it would not do, empty: it did. */
  loadAuthorities(file: string, pem: string): Promise<string> {
    return loadAuthorities(this.#worker, file, pem);
  }

  /** The master and its workers. Rejects within 5 s when it does not answer, and within 1 s until it does again. */
  async processes(): Promise<Processes> {
    const master = this.#isMasterSilent ? { ...this.#master, timeoutMs: silentAnswerMs } : this.#master;
    try {
      const processes = await showProc(master);
      this.#isMasterSilent = false;
      return processes;
    } catch (error) {
      this.#isMasterSilent = true;
      throw error;
    }
  }

  /** Sessions of one worker, old or current. */
  async sessions(pid: number): Promise<readonly Session[]> {
    const ask = (command: string) => askWorkerByPid(this.#master, pid, command);
    const answer = await ask(showSessions);
    if (!answer.includes(" be=spare:")) return parseShowSess(answer);
    const names = await askSectionNames((commands) => Promise.all(commands.map(ask)));
    return parseShowSess(answer, names.frontOf);
  }

  /** Ends sessions of one worker, by their ids. */
  endSessions(pid: number, ids: readonly string[]): Promise<void> {
    return tellWorkerByPid(this.#master, pid, ids.map(endSession));
  }

  /** HAProxy's verdict on a configuration file (`haproxy -c`). It does not see a taken port. */
  check(file: string, signal: AbortSignal): Promise<CheckOutcome> {
    const { bin, env } = this.#installation;
    return checkConfig({ bin, file, env, signal });
  }

  /** The master that an earlier process started; undefined: there is none. */
  find(): Promise<OsProcess | undefined> {
    return findHaproxy(this.#installation);
  }

  /** Processes of this installation, whatever became of their master. */
  leftovers(): Promise<readonly OsProcess[]> {
    return ownProcesses(this.#installation);
  }

  /** Starts master and worker, detached: they outlive this process. */
  start(signal: AbortSignal): Promise<StartOutcome> {
    return startHaproxy(this.#installation, signal);
  }

  /** Reloads the configuration file. One reload at a time is the caller's duty. */
  reload(): Promise<ReloadOutcome> {
    const { outputFile, configFile } = this.#installation;
    return reloadHaproxy({ master: this.#master, worker: this.#worker, outputFile, configFile });
  }

  /** Ends HAProxy: connections may finish for `limitMs`. */
  stop(master: OsProcess, limitMs: number): Promise<void> {
    return stopHaproxy(master, limitMs);
  }

  /** Keeps the file that it writes to from growing without end. */
  boundOutput(): Promise<void> {
    return boundOutput(this.#installation.outputFile);
  }
}
