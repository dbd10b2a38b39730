import { constants } from "node:fs";
import { link, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import { createGzip, gunzip } from "node:zlib";
import { isMissing } from "../files/atomic-write.ts";
import { lineText, parseLine, type JournalLine } from "./journal-line.ts";
import { emptyState, fileText, linesOf, takeLine, type JournalState } from "./replay.ts";
import { isFull, keptMs, segmentNames, segmentsOf, segmentsToEnd, type Segment } from "./segments.ts";

const unzip = promisify(gunzip);

/** Bytes that the texts of configurations have at most. */
const mostConfigurationBytes = 16 * 1024 ** 2;
/** Bytes that a state unpacks to at most. */
const longestState = 512 * 1024 ** 2;
/** Lines that are read at a time: other work goes on between. */
const linesAtOnce = 200;
const ending = /^fairway-[0-9a-f]{16}\.cfg$/;

/**
 * A journal on disk: segments of lines that are only appended to, each with the state before its first line. Nothing is
 * synced: what a power cut takes are the last moments. A line that is torn is left out when it is read.
 */
export class JournalFiles {
  readonly #directory: string;
  #segments: readonly Segment[] = [];
  /** Bytes of lines of the last segment; what was written last may have no end. */
  #bytes = 0;
  #isTorn = false;
  #configurations: ReadonlySet<string> = new Set();

  constructor(directory: string) {
    this.#directory = directory;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Finds what an earlier agent left. Rejects when the folder cannot be used. */
  async open(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await this.look();
    const last = this.#segments.at(-1);
    const text = last === undefined ? "" : await this.#textOf(last);
    this.#bytes = Buffer.byteLength(text);
    this.#isTorn = text !== "" && !text.endsWith("\n");
  }

  /** Begins a segment with a state, and ends those that are too old or too many. Rejects when the disk does not take it. */
  async begin(state: JournalState, nowMs: number): Promise<void> {
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    const segment = { number, begunMs: Math.max(Math.floor(nowMs), 0), bytes: 0 };
    const file = this.#path(segmentNames(segment).state);
    const temporary = `${file}.new`;
    try {
      await rm(temporary, { force: true });
      const out = createWriteStream(temporary, { flags: "wx", mode: 0o600 });
      await pipeline(Readable.from(textsOf(state)), createGzip(), out);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
    await this.look();
    [this.#bytes, this.#isTorn] = [0, false];
    await this.#endOld(Date.parse(state.last?.entry.time ?? "") || nowMs);
  }

  /** True when the next segment is due. */
  isFull(nowMs: number): boolean {
    const last = this.#segments.at(-1);
    return last === undefined || isFull(last, this.#bytes, nowMs);
  }

  /** Appends to the last segment. Rejects when the disk does not take all of it. */
  async append(lines: readonly JournalLine[]): Promise<void> {
    const last = this.#segments.at(-1);
    if (last === undefined || lines.length === 0) return;
    // Somebody may have deleted the folder.
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
    const handle = await open(this.#path(segmentNames(last).lines), flags, 0o600);
    const text = (this.#isTorn ? "\n" : "") + fileText(lines);
    try {
      this.#isTorn = true;
      await handle.writeFile(text);
      this.#isTorn = false;
      this.#bytes += Buffer.byteLength(text);
    } finally {
      await handle.close();
    }
  }

  /** The lines of a segment, in order, each once though it may have been written twice; none where it has no file. */
  async linesIn(segment: Segment): Promise<readonly JournalLine[]> {
    let last = 0;
    return (await parseAll(await this.#textOf(segment))).filter(({ entry: { seq } }) => {
      const isNext = seq > last;
      last = Math.max(last, seq);
      return isNext;
    });
  }

  /** The state before a segment's first line; empty where its file is gone. Rejects where it cannot be read. */
  async stateBefore(segment: Segment): Promise<JournalState> {
    const packed = await orMissing(readFile(this.#path(segmentNames(segment).state)));
    const text = packed && (await unzip(packed, { maxOutputLength: longestState }));
    return takeAll(emptyState(), await parseAll(text?.toString("utf8") ?? ""));
  }

  /** What the journal comes to at its end; where the last segment's state is damaged, its lines alone. Rejects as the disk does. */
  async lastState(): Promise<JournalState> {
    const last = this.#segments.at(-1);
    if (last === undefined) return emptyState();
    const before = this.stateBefore(last).catch((error: unknown) => {
      if (isDamage(error)) return emptyState();
      throw error;
    });
    return takeAll(await before, await this.linesIn(last));
  }

  /** Keeps a configuration's text until {@link look} finds that there is no room; without a copy: its file is replaced, never written to. */
  async keepConfiguration(file: string, fingerprint: string): Promise<void> {
    const name = `${fingerprint}.cfg`;
    if (!ending.test(name)) return;
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    try {
      await link(file, this.#path(name));
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
      // It runs again: those that ran longer ago go first.
      const now = new Date();
      await utimes(this.#path(name), now, now);
    }
  }

  /** The file of a configuration's text; null: it is not kept. */
  configurationFile(fingerprint: string): string | null {
    return this.#configurations.has(`${fingerprint}.cfg`) ? this.#path(`${fingerprint}.cfg`) : null;
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  async #textOf(segment: Segment): Promise<string> {
    return (await orMissing(readFile(this.#path(segmentNames(segment).lines), "utf8"))) ?? "";
  }

  /** Finds what is there, and ends texts of configurations that are too old or too many. Not beside other calls. */
  async look(): Promise<void> {
    const names = await readdir(this.#directory);
    const files = await Promise.all(names.map((name) => this.#fileOf(name)));
    this.#segments = segmentsOf(files);
    const texts = files.filter(({ name }) => ending.test(name)).toSorted((a, b) => b.writtenMs - a.writtenMs);
    const kept = texts.filter(({ writtenMs }, at) => {
      const bytes = texts.slice(0, at + 1).reduce((sum, each) => sum + each.bytes, 0);
      return at === 0 || (bytes <= mostConfigurationBytes && (texts[0]?.writtenMs ?? 0) - writtenMs <= keptMs);
    });
    this.#configurations = new Set(kept.map(({ name }) => name));
    const others = texts.filter(({ name }) => !this.#configurations.has(name));
    await Promise.all(others.map(({ name }) => rm(this.#path(name), { force: true })));
  }

  async #fileOf(name: string) {
    const { size: bytes = 0, mtimeMs: writtenMs = 0 } = (await stat(this.#path(name)).catch(() => undefined)) ?? {};
    return { name, bytes, writtenMs };
  }

  async #endOld(lastMs: number): Promise<void> {
    const old = segmentsToEnd(this.#segments, lastMs).map(segmentNames);
    const files = old.flatMap(({ lines, state }) => [lines, state]);
    await Promise.all(files.map((name) => rm(this.#path(name), { force: true })));
    if (files.length > 0) await this.look();
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** True for what is no packed state, or no whole one. */
function isDamage(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^(?:Z_|ERR_BUFFER_TOO_LARGE)/.test(String(error.code));
}

/** What a file has; undefined: there is none. */
async function orMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function* textsOf(state: JournalState): Generator<string> {
  for (const line of linesOf(state)) yield `${lineText(line)}\n`;
}

async function parseAll(text: string): Promise<readonly JournalLine[]> {
  const texts = text.split("\n");
  const lines: JournalLine[] = [];
  for (let at = 0; at < texts.length; at += linesAtOnce) {
    lines.push(...texts.slice(at, at + linesAtOnce).flatMap((each) => parseLine(each) ?? []));
    await turn();
  }
  return lines;
}

function takeAll(state: JournalState, lines: readonly JournalLine[]): JournalState {
  for (const line of lines) takeLine(state, line);
  return state;
}
