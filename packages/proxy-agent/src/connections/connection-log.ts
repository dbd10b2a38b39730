import { addAbortListener } from "node:events";
import type { EndpointKey } from "@fairway/contract";
import { parseConnection, type Haproxy, type Listener, type LoggedConnection } from "@fairway/haproxy";
import type { Log } from "@fairway/program";
import { entryOf, type ConnectionEntry } from "./connection-entry.ts";
import { IdleEnds } from "./idle-ends.ts";
import { LogMemory } from "./log-memory.ts";
import { LostLines, type LogReading } from "./lost-lines.ts";
import { ServerNames } from "./server-names.ts";
import { WorkerLogs } from "./worker-logs.ts";

/** What a {@link ConnectionLog} works with. */
export type ConnectionLogOptions = {
  readonly haproxy: Pick<Haproxy, "openLog" | "isIdle" | "processes">;
  readonly isAdopted: boolean;
  /** The endpoints that an earlier agent knew. */
  readonly known: readonly EndpointKey[];
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** That lines of the log never came: HAProxy had no room for them while nobody read, or ended before they were read. */
export type LostEntry = { readonly is: "lost"; readonly time: string; readonly count: number };

export type LogEntry = ConnectionEntry | LostEntry;

/** How often it is looked whether lines are missing: what is at two looks is lost. */
const lostEveryMs = 2000;

/**
 * The connections that HAProxy's listeners had, as they end: named, held for readers, and counted where IDLE ended them.
 * What is lost is counted and told.
 */
export class ConnectionLog {
  readonly memory = new LogMemory();
  readonly idleEnds = new IdleEnds();
  readonly #names: ServerNames;
  readonly #lines = new LostLines();
  readonly #workers: WorkerLogs;
  readonly #log: Log;
  readonly #begun = Date.now();
  #lost = 0;

  constructor({ haproxy, isAdopted, known, log, signal }: ConnectionLogOptions) {
    this.#log = log;
    this.#names = new ServerNames(known);
    this.#workers = new WorkerLogs({
      haproxy,
      isAdopted,
      onLines: (lines, reading) => this.#takeAll(lines, reading),
      onEnd: (pid) => this.#tellLost(this.#lines.end(pid)),
      log,
      signal,
    });
    const timer = setInterval(() => this.#tellLost(this.#lines.look()), lostEveryMs).unref();
    addAbortListener(signal, () => clearInterval(timer));
  }

  /** How many lines never came. */
  get lost(): number {
    return this.#lost;
  }

  /** What HAProxy is brought to. */
  follow(listeners: readonly Listener[]): void {
    this.#names.follow(listeners);
  }

  /** There is another worker. */
  lookAnew(): void {
    this.#workers.lookAnew();
  }

  #takeAll(lines: readonly string[], reading: LogReading): void {
    for (const line of lines) {
      const logged = parseConnection(line);
      if (logged !== undefined && this.#lines.take(logged, reading) && !logged.isPassedOn) this.#take(logged);
    }
  }

  #take(logged: LoggedConnection): void {
    const { listener, server } = logged;
    const owner = server === undefined ? undefined : this.#names.ownerOf(listener, server);
    const entry = entryOf(logged, owner);
    this.#hold(entry);
    // What an earlier agent has seen, it has counted.
    if (entry.idle && logged.startMs + logged.durationMs >= this.#begun) this.idleEnds.add(owner);
  }

  #hold(entry: LogEntry): void {
    const whose = entry.is === "connection" ? entry : { project: null, service: null };
    this.memory.push({ project: whose.project, service: whose.service, text: JSON.stringify(entry) });
  }

  #tellLost(count: number): void {
    if (count === 0) return;
    this.#lost += count;
    this.#log.warn({ count }, "lines of the connection log lost");
    this.#hold({ is: "lost", time: new Date().toISOString(), count });
  }
}
