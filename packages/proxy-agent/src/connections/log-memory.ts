/** What is held of the log of connections: a line as it is handed out, and of which service it is. */
export type HeldLine = {
  /** Null: it is for all. */
  readonly project: string | null;
  readonly service: string | null;
  readonly text: string;
  /** Of an entry of the journal. */
  readonly seq?: number;
};

/** Some lines, and where to read on. */
export type LinesRead = {
  readonly lines: readonly HeldLine[];
  readonly next: number;
  /** How many in between were dropped before they were read. */
  readonly dropped: number;
};

/** Characters of lines that are kept: some 20,000 of them, which is what comes in 20 s at 1,000 connections a second. */
const usualLength = 8 * 1024 * 1024;

/** The newest lines of a log, for readers that each go at their own pace. */
export class LogMemory {
  readonly #longest: number;
  #lines: HeldLine[] = [];
  /** The number of the first one that is kept, and where that stands. */
  #first = 0;
  #offset = 0;
  #length = 0;
  readonly #waiting = new Set<() => void>();

  constructor(longest = usualLength) {
    this.#longest = longest;
  }

  /** The number that the next line will have. */
  get end(): number {
    return this.#first + this.#lines.length - this.#offset;
  }

  push(line: HeldLine): void {
    this.#lines.push(line);
    this.#length += line.text.length;
    while (this.#length > this.#longest && this.#lines.length - this.#offset > 1) this.#drop();
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** At most so many lines from this number on. */
  read(from: number, most: number): LinesRead {
    const start = Math.max(from, this.#first);
    const at = this.#offset + start - this.#first;
    const lines = this.#lines.slice(at, at + most);
    return { lines, next: start + lines.length, dropped: start - from };
  }

  /** Resolves when there is a line of this number, or the signal aborts. */
  async until(number: number, signal: AbortSignal): Promise<void> {
    while (this.end <= number && !signal.aborted) {
      let wake = () => {};
      const woken = new Promise<void>((resolve) => (wake = resolve));
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake);
      await woken;
      this.#waiting.delete(wake);
      signal.removeEventListener("abort", wake);
    }
  }

  #drop(): void {
    this.#length -= this.#lines[this.#offset]?.text.length ?? 0;
    this.#offset += 1;
    this.#first += 1;
    if (this.#offset < this.#lines.length / 2) return;
    this.#lines = this.#lines.slice(this.#offset);
    this.#offset = 0;
  }
}
