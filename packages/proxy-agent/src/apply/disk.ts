import type { Log } from "@fairway/program";
import { putBack, writeAtomically, type Content } from "../state/atomic-write.ts";
import { writeSnapshot } from "../state/snapshot.ts";
import type { StatePaths } from "../state/state-dir.ts";

/** What is written, asked for at the moment of writing: values that do not change. Undefined: nothing to write yet. */
export type DiskContent = {
  readonly config: () => Content | undefined;
  readonly memory: () => unknown;
};

/** Changes are gathered this long before they are written: files follow what runs within a second. */
const followMs = 500;
const retryMs = 5000;

/**
 * Keeps haproxy.cfg and snapshot.json in step with what runs, off the path of changes: in pieces, between which changes
 * are applied. One write at a time. A disk that does not take them is told once, and tried again; traffic goes on.
 */
export class Disk {
  readonly #paths: StatePaths;
  readonly #content: DiskContent;
  readonly #log: Log;
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isBehind = false;
  #isHeld = false;
  #isFailing = false;
  #isClosed = false;

  constructor(paths: StatePaths, content: DiskContent, log: Log) {
    this.#paths = paths;
    this.#content = content;
    this.#log = log;
  }

  /** Something that stands in the files has changed. */
  touch(): void {
    this.#isBehind = true;
    this.#arm(followMs);
  }

  /** Writes the memory before a reload. Rejects when the disk does not take it. */
  async remember(): Promise<void> {
    await this.#inTurn(() => writeSnapshot(this.#paths.snapshot, this.#content.memory()));
  }

  /**
   * Writes a configuration before a reload; what runs stays as the previous one. From here until {@link settle} or
   * {@link revert} nothing else is written. Rejects when the disk does not take it.
   */
  async put(config: string): Promise<void> {
    this.#isHeld = true;
    try {
      await this.#inTurn(async () => {
        await writeAtomically(this.#paths.config, config, this.#paths.previousConfig);
        this.#succeeded();
      });
    } catch (error) {
      this.settle();
      throw error;
    }
  }

  /** What was put is what runs. */
  settle(): void {
    this.#isHeld = false;
    if (this.#isBehind) this.#arm(followMs);
  }

  /** What was put did not come up: the previous configuration takes its place again. */
  async revert(): Promise<void> {
    try {
      await this.#inTurn(() => putBack(this.#paths.config, this.#paths.previousConfig));
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
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await (this.#isBehind && !this.#isHeld ? this.#inTurn(() => this.#follow()) : this.#turn);
  }

  /** Writes what is outstanding, and nothing from then on. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flush();
  }

  #arm(delayMs: number): void {
    if (this.#timer !== undefined || this.#isHeld || this.#isClosed) return;
    this.#timer = setTimeout(() => void this.flush(), delayMs);
    this.#timer.unref();
  }

  async #follow(): Promise<void> {
    if (this.#isHeld) return;
    this.#isBehind = false;
    try {
      const config = this.#content.config();
      if (config !== undefined) await writeAtomically(this.#paths.config, config);
      await writeSnapshot(this.#paths.snapshot, this.#content.memory());
      this.#succeeded();
    } catch (error) {
      if (!this.#isFailing) this.#log.error({ error: String(error) }, "state cannot be written, traffic goes on");
      this.#isFailing = true;
      this.#isBehind = true;
      this.#arm(retryMs);
    }
  }

  #succeeded(): void {
    if (this.#isFailing) this.#log.info({ directory: this.#paths.directory }, "state is written again");
    this.#isFailing = false;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
