import { addAbortListener } from "node:events";
import type { Haproxy, LogStream } from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import type { LogReading } from "./lost-lines.ts";

/** What a {@link WorkerLogs} works with. */
export type WorkerLogsOptions = {
  readonly haproxy: Pick<Haproxy, "openLog" | "isIdle" | "processes">;
  /** An earlier agent left it: what its workers logged before they are read is not known. */
  readonly isAdopted: boolean;
  readonly onLines: (lines: readonly string[], reading: LogReading) => void;
  /** Nothing of this worker comes any more. */
  readonly onEnd: (pid: number) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** After how long the current worker of HAProxy is asked for its log again that ended. */
const againMs = 500;
/** How often old workers are looked at: one without connections is let go at the second look. */
const lookEveryMs = 1000;

type Followed = { readonly stream: LogStream; isDone: boolean };

/**
 * Reads the log of connections of every worker, old ones up to their last connection. A worker does not end while it is
 * read, so one that has no connections left is let go.
 */
export class WorkerLogs {
  readonly #options: WorkerLogsOptions;
  readonly #queue: WorkQueue<"open" | "look">;
  readonly #followed = new Set<Followed>();
  /** Old workers that have told all, until they are gone. */
  readonly #done = new Set<number>();
  #newest: Followed | undefined;
  #isFromStart: boolean;
  #isAgain = false;

  constructor(options: WorkerLogsOptions) {
    const { isAdopted, log, signal } = options;
    this.#options = options;
    this.#isFromStart = !isAdopted;
    this.#queue = new WorkQueue<"open" | "look">({
      work: (what) => (what === "open" ? this.#open() : this.#look()),
      onError: (_, error, failures) => {
        if (failures === 1) log.debug({ error: String(error) }, "old workers' connections not read now");
      },
      signal,
    });
    addAbortListener(signal, () => {
      for (const { stream } of this.#followed) stream.close();
    });
    if (isAdopted) this.lookAnew();
  }

  /** There is another worker: a start, a reload or an adoption. */
  lookAnew(): void {
    this.#queue.add("open");
    this.#queue.addAfter("look", lookEveryMs);
  }

  async #open(): Promise<void> {
    const isAgain = this.#isAgain;
    this.#newest = this.#follow(isAgain);
    this.#isAgain = false;
  }

  #follow(isAgain: boolean, pid?: number): Followed {
    const { haproxy, signal } = this.#options;
    const reading = { isFromStart: this.#isFromStart, isAgain: isAgain || pid !== undefined };
    const onLines = (lines: readonly string[]) => {
      if (this.#isReadTwice(followed)) followed.stream.close();
      else this.#options.onLines(lines, reading);
    };
    const onEnd = () => {
      this.#followed.delete(followed);
      if (signal.aborted || this.#newest !== followed) return;
      this.#isAgain = true;
      this.#queue.addAfter("open", againMs);
    };
    const followed: Followed = { stream: haproxy.openLog({ onLines, onEnd }, pid), isDone: false };
    this.#followed.add(followed);
    return followed;
  }

  /** A reload that came to nothing: the worker that was current still is. */
  #isReadTwice(followed: Followed): boolean {
    const twin = [...this.#followed].find((each) => each !== followed && each.stream.pid === followed.stream.pid);
    if (twin === undefined || this.#newest !== followed) return false;
    this.#newest = twin;
    return true;
  }

  /** Lets go of old workers without connections, and reads those that nobody reads. */
  async #look(): Promise<void> {
    const { haproxy, onEnd } = this.#options;
    const { oldWorkers } = await haproxy.processes();
    for (const pid of this.#done) {
      if (oldWorkers.includes(pid)) continue;
      this.#done.delete(pid);
      onEnd(pid);
    }
    const read = new Map([...this.#followed].map((each) => [each.stream.pid, each]));
    for (const pid of oldWorkers.filter((each) => !this.#done.has(each))) {
      await this.#lookAt(pid, read.get(pid) ?? this.#follow(true, pid));
    }
    if (oldWorkers.length > 0) this.#queue.addAfter("look", lookEveryMs);
    else this.#isFromStart = true;
  }

  async #lookAt(pid: number, followed: Followed): Promise<void> {
    // One that is ending at this moment does not answer.
    const isIdle = await this.#options.haproxy.isIdle(pid).catch(() => true);
    if (isIdle && followed.isDone) {
      this.#done.add(pid);
      followed.stream.close();
    }
    followed.isDone = isIdle;
  }
}
