import { readFile } from "node:fs/promises";
import { isRefreshedEntry, refreshedEntry, refreshedIn, type Haproxy } from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import { writeAtomically } from "../files/atomic-write.ts";

/** How often HAProxy is told that entries are still looked after: when the clock is set forward it goes by none until then. */
export const refreshEveryMs = 1000;
/** How often that is written for the next worker, while nothing else differs. */
const writeRefreshedEveryMs = 60_000;

/** What a {@link CheckMap} works with. */
export type CheckMapOptions = {
  readonly file: string;
  /** What stands in it now, each `<key> <value>`. */
  readonly entries: () => readonly string[];
  /** When they were last refreshed, ms since 1970; left out: HAProxy goes by them for ever. */
  readonly refreshedMs?: () => number;
  readonly haproxy: Pick<Haproxy, "replaceEntries">;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Entries, and when they were last refreshed, ms since 1970; undefined: nothing says. */
export type CheckEntries = { readonly entries: readonly string[]; readonly refreshedMs: number | undefined };

/**
 * What checks ask HAProxy for by server: changed as it runs, and in a file that each worker begins with. HAProxy is told
 * whatever becomes of the file.
 */
export class CheckMap {
  readonly #options: CheckMapOptions;
  readonly #queue: WorkQueue<"tell" | "write">;
  /** What HAProxy was given; undefined: nobody knows what it has. */
  #given: string | undefined;
  #written: CheckEntries = { entries: [], refreshedMs: undefined };
  /** A worker began since. */
  #isNewWorker = false;

  constructor(options: CheckMapOptions) {
    const { signal } = options;
    this.#options = options;
    this.#queue = new WorkQueue({
      work: (key) => (key === "tell" ? this.#tell() : this.#write()),
      onError: (key, error, failures) => this.#onError(key, error, failures),
      concurrency: 2,
      signal,
    });
  }

  /** Makes sure of the file, which HAProxy starts with: empty, unless one runs that goes by what stands in it. */
  async open(isAdopted: boolean): Promise<CheckEntries> {
    const { file } = this.#options;
    const text = isAdopted ? await readFile(file, "utf8").catch(() => undefined) : undefined;
    if (text === undefined) await writeAtomically(file, "");
    if (!isAdopted) this.#given = "";
    const lines = (text ?? "").split("\n").filter((line) => line !== "");
    this.#written = { entries: lines.filter((line) => !isRefreshedEntry(line)), refreshedMs: refreshedIn(lines) };
    return this.#written;
  }

  /** Something else may stand in it. */
  update(): void {
    this.#queue.add("tell");
    this.#queue.add("write");
  }

  /** A worker began with the file, which may have changed since. */
  giveAgain(): void {
    this.#isNewWorker = true;
    this.#queue.add("tell");
  }

  async #tell(): Promise<void> {
    const { file, haproxy, log } = this.#options;
    const now = this.#now();
    if (now.refreshedMs !== undefined) this.#queue.addAfter("tell", refreshEveryMs);
    const lines = linesOf(now);
    const text = textOf(lines);
    if (text === this.#given && !this.#isNewWorker) return;
    this.#isNewWorker = false;
    this.#given = undefined;
    const answer = await haproxy.replaceEntries({ is: "map", path: file }, lines);
    // A worker without such a check has no such map.
    if (answer.kind !== "done") log.debug({ file, reason: answer.reason }, "a map of checks is not used");
    this.#given = text;
  }

  async #write(): Promise<void> {
    const now = this.#now();
    if (now.refreshedMs !== undefined) this.#queue.addAfter("write", refreshEveryMs);
    if (!isBehind(this.#written, now)) return;
    await writeAtomically(this.#options.file, textOf(linesOf(now)));
    this.#written = now;
  }

  #now(): CheckEntries {
    const entries = this.#options.entries();
    return { entries, refreshedMs: entries.length === 0 ? undefined : this.#options.refreshedMs?.() };
  }

  #onError(key: "tell" | "write", error: unknown, failures: number): void {
    const { file, log } = this.#options;
    const fields = { file, error: String(error) };
    // It is told again, and after each start or reload.
    if (key === "tell") log.debug(fields, "a map of checks is not given to HAProxy now");
    else if (failures === 1) log.warn(fields, "a map of checks is not written for the next worker");
  }
}

/** True when a file is to be written again. */
function isBehind(written: CheckEntries, now: CheckEntries): boolean {
  if (textOf(written.entries) !== textOf(now.entries)) return true;
  const { refreshedMs: nowMs } = now;
  return nowMs !== undefined && Math.abs(nowMs - (written.refreshedMs ?? 0)) >= writeRefreshedEveryMs;
}

function linesOf({ entries, refreshedMs }: CheckEntries): readonly string[] {
  return refreshedMs === undefined ? entries : [refreshedEntry(refreshedMs), ...entries];
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
