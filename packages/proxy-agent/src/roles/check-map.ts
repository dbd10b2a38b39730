import { readFile } from "node:fs/promises";
import type { Haproxy } from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import { writeAtomically } from "../files/atomic-write.ts";

/** What a {@link CheckMap} works with. */
export type CheckMapOptions = {
  readonly file: string;
  readonly haproxy: Pick<Haproxy, "replaceEntries">;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** What checks ask HAProxy for by server: in a file that each worker begins with, and changed as it runs. */
export class CheckMap {
  readonly #options: CheckMapOptions;
  readonly #queue: WorkQueue<"push">;
  #entries: readonly string[] = [];

  constructor(options: CheckMapOptions) {
    const { log, signal } = options;
    this.#options = options;
    this.#queue = new WorkQueue({
      work: () => this.#push(),
      // It is told again, and after each start or reload.
      onError: (_, error) => log.debug({ error: String(error) }, "a map of checks is not given to HAProxy now"),
      signal,
    });
  }

  /** Makes sure of the file, which HAProxy starts with: empty, unless one runs that goes by what stands in it. */
  async open(isAdopted: boolean): Promise<readonly string[]> {
    const text = isAdopted ? await readFile(this.#options.file, "utf8").catch(() => "") : "";
    this.#entries = text.split("\n").filter((line) => line !== "");
    await this.#write();
    return this.#entries;
  }

  /** Takes in what stands in it now, each `<key> <value>`. */
  set(entries: readonly string[]): void {
    if (entries.join("\n") === this.#entries.join("\n")) return;
    this.#entries = entries;
    this.#queue.add("push");
  }

  /** A worker began with the file, which may have changed since. */
  giveAgain(): void {
    this.#queue.add("push");
  }

  async #push(): Promise<void> {
    await this.#write();
    const { file, haproxy } = this.#options;
    const answer = await haproxy.replaceEntries({ is: "map", path: file }, this.#entries);
    // A worker without such a check has no such map.
    if (answer.kind !== "done") this.#options.log.debug({ file, reason: answer.reason }, "a map of checks is not used");
  }

  #write(): Promise<void> {
    return writeAtomically(this.#options.file, this.#entries.map((entry) => `${entry}\n`).join(""));
  }
}
