import type { Readable } from "node:stream";
import { reasonOf } from "@fairway/contract";
import { type LogItem, logItemSchema } from "./log-item.ts";
import type { OpenLog } from "./open-logs.ts";

/** One line of a proxy's log. `proxy`: not safe to show. */
export type ToldLine = { readonly proxy: string; readonly item: LogItem };

/** What is to be told of logs while they are read. */
export type MergeOptions = {
  /** They go on and on: one that says nothing for a while does not keep others back. */
  readonly isFollowed: boolean;
  /** A log ended before it was whole. `reason`: not safe to show. */
  readonly onCut: (proxy: string, reason: string) => void;
};

/** Characters of a line of an agent's answer; longer ones are left out. */
const longestLine = 65_536;
/** Lines of one log that wait for those of others. */
const mostWaiting = 1000;
/** How long a log that is followed may be silent while others wait for what it tells of the same time. */
const followedPatienceMs = 500;
/** How long a log that is read to its end may be silent: then it is cut. */
const patienceMs = 5000;

/** Lines of several logs in the order of time, those that are there before; each log's in its own order. */
export async function* mergeLogs(logs: readonly OpenLog[], options: MergeOptions): AsyncGenerator<ToldLine> {
  const state = { wake: () => {} };
  const queues = logs.map((log) => new LineQueue(log, options, () => state.wake()));
  try {
    while (true) {
      const now = performance.now();
      for (const each of queues) each.endIfSilent(now);
      const due = queues.filter((each) => each.first !== undefined);
      const missed = queues.filter((each) => each.isAwaited(now));
      if (due.length === 0 && queues.every((each) => each.isEnded)) return;
      if (missed.length === 0 && due.length > 0) yield due.reduce(earlier).take();
      else {
        const timer = setTimeout(() => state.wake(), followedPatienceMs);
        await new Promise<void>((resolve) => (state.wake = resolve));
        clearTimeout(timer);
      }
    }
  } finally {
    for (const each of queues) each.close();
  }
}

function earlier(one: LineQueue, other: LineQueue): LineQueue {
  return (other.first?.atMs ?? 0) < (one.first?.atMs ?? 0) ? other : one;
}

type Waiting = { readonly item: LogItem; readonly atMs: number };

/** Lines of one log that nobody took yet. */
class LineQueue {
  readonly #log: OpenLog;
  readonly #options: MergeOptions;
  readonly #wake: () => void;
  #lines: Waiting[] = [];
  /** Since when there is none, ms of `performance.now()`. */
  #emptySince = performance.now();
  #isEnded = false;
  #isClosed = false;
  #onRoom = () => {};

  constructor(log: OpenLog, options: MergeOptions, wake: () => void) {
    this.#log = log;
    this.#options = options;
    this.#wake = wake;
    void this.#read();
  }

  get first(): Waiting | undefined {
    return this.#lines[0];
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** True while what it tells next may be of an earlier time than what others have told. */
  isAwaited(now: number): boolean {
    if (this.#isEnded || this.#lines.length > 0) return false;
    return !this.#options.isFollowed || now - this.#emptySince < followedPatienceMs;
  }

  /** One that is read to its end keeps the others waiting for so long alone. */
  endIfSilent(now: number): void {
    const isSilent = !this.#isEnded && this.#lines.length === 0 && now - this.#emptySince > patienceMs;
    if (isSilent && !this.#options.isFollowed) this.#end(`silent for ${patienceMs / 1000} s`);
  }

  take(): ToldLine {
    const [line] = this.#lines.splice(0, 1);
    if (line === undefined) throw new Error("no line is there");
    if (this.#lines.length === 0) this.#emptySince = performance.now();
    this.#onRoom();
    return { proxy: this.#log.name, item: line.item };
  }

  close(): void {
    this.#isClosed = true;
    this.#onRoom();
    this.#log.close();
  }

  async #read(): Promise<void> {
    try {
      for await (const item of itemsOf(this.#log.body)) {
        this.#lines.push({ item, atMs: Date.parse(item.time) || 0 });
        this.#wake();
        while (this.#lines.length >= mostWaiting && !this.#isClosed)
          await new Promise<void>((resolve) => (this.#onRoom = resolve));
      }
      this.#end(this.#options.isFollowed ? "it hung up" : undefined);
    } catch (error) {
      this.#end(reasonOf(error));
    }
  }

  #end(reason?: string): void {
    if (reason !== undefined && !this.#isEnded && !this.#isClosed) this.#options.onCut(this.#log.name, reason);
    this.#isEnded = true;
    this.#log.close();
    this.#wake();
  }
}

async function* itemsOf(body: Readable): AsyncGenerator<LogItem> {
  let rest = "";
  body.setEncoding("utf8");
  for await (const text of body as AsyncIterable<string>) {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(0, longestLine + 1);
    yield* lines.filter(({ length }) => length <= longestLine).flatMap(readItem);
  }
}

function readItem(line: string): readonly LogItem[] {
  try {
    return [logItemSchema.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}
