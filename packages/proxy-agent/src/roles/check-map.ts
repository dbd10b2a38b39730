import { readFile } from "node:fs/promises";
import type { Haproxy } from "@fairway/haproxy";
import { WorkQueue } from "@fairway/loop";
import type { Log } from "@fairway/program";
import { writeAtomically } from "../files/atomic-write.ts";

/** What a {@link CheckMap} works with. */
export type CheckMapOptions = {
  readonly file: string;
  /** What stands in it now, each `<key> <value>`. */
  readonly entries: () => readonly string[];
  readonly haproxy: Pick<Haproxy, "replaceEntries">;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** What checks ask HAProxy for by server: in a file that each worker begins with, and changed as it runs. */
export class CheckMap {
  readonly #options: CheckMapOptions;
  readonly #queue: WorkQueue<"push">;
  /** What HAProxy was given; undefined: nobody knows what it has. */
  #given: string | undefined;
  /** A worker began since. */
  #isNewWorker = false;

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
    const entries = text.split("\n").filter((line) => line !== "");
    this.#given = textOf(entries);
    await writeAtomically(this.#options.file, this.#given);
    return entries;
  }

  /** Something else may stand in it. */
  update(): void {
    this.#queue.add("push");
  }

  /** A worker began with the file, which may have changed since. */
  giveAgain(): void {
    this.#isNewWorker = true;
    this.#queue.add("push");
  }

  async #push(): Promise<void> {
    const { file, haproxy } = this.#options;
    const entries = this.#options.entries();
    const text = textOf(entries);
    if (text === this.#given && !this.#isNewWorker) return;
    this.#isNewWorker = false;
    this.#given = undefined;
    await writeAtomically(file, text);
    const answer = await haproxy.replaceEntries({ is: "map", path: file }, entries);
    // A worker without such a check has no such map.
    if (answer.kind !== "done") this.#options.log.debug({ file, reason: answer.reason }, "a map of checks is not used");
    this.#given = text;
  }
}

function textOf(entries: readonly string[]): string {
  return entries.map((entry) => `${entry}\n`).join("");
}
