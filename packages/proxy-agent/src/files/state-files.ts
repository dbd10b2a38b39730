import { Mutex, WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import { putBack, writeAtomically, type Content } from "./atomic-write.ts";
import { writeSnapshot } from "./snapshot-file.ts";
import type { StatePaths } from "./state-dir.ts";

/** How long changes are gathered before they are written: files follow what runs within a second. */
const followMs = 500;
/** After how long files are written again that could not be. */
const retryMs = 5000;

/** What {@link StateFiles} works with. */
export type StateFilesOptions = {
  readonly paths: StatePaths;
  /** What snapshot.json holds, until {@link StateFiles.setMemory} says otherwise. */
  readonly memory: unknown;
  readonly log: Log;
};

/**
 * Keeps haproxy.cfg and snapshot.json in step with what runs, off the path of changes: in pieces, between which changes
 * are applied. One write at a time. A disk that does not take them is logged once, and tried again; traffic goes on.
 */
export class StateFiles {
  readonly paths: StatePaths;
  readonly #log: Log;
  readonly #mutex = new Mutex();
  readonly #closed = new AbortController();
  readonly #queue: WorkQueue<"follow">;
  #config: () => Content | undefined = () => undefined;
  #memory: () => unknown;
  #isBehind = false;
  #isHeld = false;
  #isFailing = false;

  constructor({ paths, memory, log }: StateFilesOptions) {
    this.paths = paths;
    this.#memory = () => memory;
    this.#log = log;
    this.#queue = new WorkQueue({
      work: () => this.flush(),
      onError: () => undefined,
      signal: this.#closed.signal,
    });
  }

  /** What haproxy.cfg holds from now on, asked for when it is written: values that do not change. */
  setConfig(config: () => Content | undefined): void {
    this.#config = config;
  }

  /** What snapshot.json holds from now on, asked for when it is written, within a second: plain data. */
  setMemory(memory: () => unknown): void {
    this.#memory = memory;
    this.touch();
  }

  /** Writes both files within a second, as something in them has changed. */
  touch(): void {
    this.#isBehind = true;
    if (!this.#isHeld && !this.#isFailing) this.#queue.addAfter("follow", followMs);
  }

  /** Writes the memory before a reload. Rejects when the disk does not take it. */
  async remember(): Promise<void> {
    await this.#mutex.run(() => writeSnapshot(this.paths.snapshot, this.#memory()));
  }

  /**
   * Writes a configuration before a reload; what runs stays as the previous one. From here until {@link settle} or
   * {@link revert} nothing else is written. Rejects when the disk does not take it.
   */
  async put(config: string): Promise<void> {
    this.#isHeld = true;
    try {
      await this.#mutex.run(() => writeAtomically(this.paths.config, config, this.paths.previousConfig));
      this.#succeed();
    } catch (error) {
      this.settle();
      throw error;
    }
  }

  /** What was put is what runs. */
  settle(): void {
    this.#isHeld = false;
    if (this.#isBehind) this.touch();
  }

  /** What was put did not come up: the previous configuration takes its place again. */
  async revert(): Promise<void> {
    try {
      await this.#mutex.run(() => putBack(this.paths.config, this.paths.previousConfig));
    } finally {
      this.#isBehind = true;
      this.settle();
    }
  }

  /**
   * Writes what is outstanding now, unless a put is under way, and waits for what is being written. What the disk does
   * not take is tried again later. Never rejects.
   */
  async flush(): Promise<void> {
    await this.#mutex.run(() => this.#follow());
  }

  /** Writes what is outstanding, and nothing from then on. Never rejects. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.flush();
  }

  async #follow(): Promise<void> {
    if (this.#isHeld || !this.#isBehind) return;
    this.#isBehind = false;
    try {
      const config = this.#config();
      if (config !== undefined) await writeAtomically(this.paths.config, config);
      await writeSnapshot(this.paths.snapshot, this.#memory());
      this.#succeed();
    } catch (error) {
      if (!this.#isFailing) this.#log.error({ error: String(error) }, "state cannot be written, traffic goes on");
      this.#isFailing = true;
      this.#isBehind = true;
      this.#queue.addAfter("follow", retryMs);
    }
  }

  #succeed(): void {
    if (this.#isFailing) this.#log.info({ directory: this.paths.directory }, "state is written again");
    this.#isFailing = false;
  }
}
