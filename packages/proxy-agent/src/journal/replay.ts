import { proxiesPrefix, type JournalEntry, type JournalMoment } from "@fairway/contract";
import { storedOf, type KeptRecord } from "./kept-record.ts";
import { lineText, type JournalLine, type UnwrittenLine } from "./journal-line.ts";
import { refusalId } from "./told-refusals.ts";

type HaproxyEntry = Extract<JournalEntry, { readonly is: "reloaded" | "started" }>;
type RecordLine = JournalLine & { readonly record: KeptRecord["record"] };

/** What lines of a journal come to: the proxy's world after the last of them. */
export type JournalState = {
  /** The last line of each record that there is, by its key. */
  readonly records: Map<string, RecordLine>;
  readonly refusals: Map<string, JournalLine>;
  /** The last of each kind of what goes on. */
  haproxy: (JournalLine & { readonly entry: HaproxyEntry }) | undefined;
  failed: JournalLine | undefined;
  lost: JournalLine | undefined;
  /** Undefined: no agent runs. */
  began: JournalLine | undefined;
  last: JournalLine | undefined;
};

/** Before the first line. */
export function emptyState(): JournalState {
  const nothing = { haproxy: undefined, failed: undefined, lost: undefined, began: undefined, last: undefined };
  return { records: new Map(), refusals: new Map(), ...nothing };
}

/** Takes in the next line. */
export function takeLine(state: JournalState, line: JournalLine): void {
  const { entry } = line;
  state.last = line;
  if (entry.is === "came" || entry.is === "changed" || entry.is === "went") takeRecord(state, entry.key, line);
  else if (entry.is === "refused") state.refusals.set(refusalId(entry), line);
  else if (entry.is === "admitted") state.refusals.delete(refusalId(entry));
  else if (entry.is === "reloaded" || entry.is === "started") state.haproxy = { ...line, entry };
  else fates[entry.is]?.(state, line);
}

function takeRecord({ records }: JournalState, key: string, line: JournalLine): void {
  const { entry, record } = line;
  if (entry.is === "went" || record === undefined) records.delete(key);
  else records.set(key, { ...line, record });
}

type Fate = (state: JournalState, line: JournalLine) => void;

const fates: Readonly<Record<string, Fate>> = {
  failed: (state, line) => void (state.failed = line),
  recovered: (state) => void (state.failed = undefined),
  lost: (state, line) => void (state.lost = line),
  found: (state) => void (state.lost = undefined),
  began: (state, line) => void Object.assign(state, { began: line, lost: undefined }),
  ended: (state) => void Object.assign(state, { began: undefined, lost: undefined }),
};

/** What lines come to, the oldest first. */
export function replay(lines: Iterable<JournalLine>, state = emptyState()): JournalState {
  for (const line of lines) takeLine(state, line);
  return state;
}

/** The state as lines that come to it, with which the next segment begins. */
export function linesOf(state: JournalState): readonly JournalLine[] {
  const { records, refusals, haproxy, failed, lost, began } = state;
  const fates = [haproxy, failed, began, lost].flatMap((line) => line ?? []);
  return [...[...records.values()].map(asCome), ...refusals.values(), ...fates];
}

/** As an entry of its own it would be the first of its record. */
function asCome({ entry, ...line }: RecordLine): JournalLine {
  return { ...line, entry: { ...entry, is: "came" } as JournalEntry };
}

/**
 * The last line of those that had been written at a time, in the order of the file: a clock that was set back tells some
 * hours twice, and the later telling counts. -1: none had.
 */
export function lastBy(lines: readonly { readonly entry: Pick<JournalEntry, "time"> }[], atMs: number): number {
  return lines.findLastIndex(({ entry }) => Date.parse(entry.time) <= atMs);
}

/** Where texts of configurations are kept, by their fingerprints; null: that one is not. */
export type ConfigurationFile = (fingerprint: string) => string | null;

/** A state in the words of the registry, which `explain` reads. The proxy's record tells all that it refuses. */
export function momentOf(state: JournalState, fileOf: ConfigurationFile): Omit<JournalMoment, "from" | "isKnown"> {
  const { haproxy, lost, began } = state;
  const stored = [...state.records].map(
    ([
      key,
      {
        record,
        entry: { time },
      },
    ]) => storedOf(key, key.startsWith(proxiesPrefix) ? withRefusals(record, state) : record, time),
  );
  const running = haproxy && {
    fingerprint: haproxy.entry.configuration,
    since: haproxy.entry.time,
    file: fileOf(haproxy.entry.configuration),
  };
  return {
    isRunning: began !== undefined,
    lostSince: lost?.entry.time ?? null,
    configuration: running ?? null,
    stored,
  };
}

function withRefusals(record: KeptRecord["record"], { refusals, failed }: JournalState): KeptRecord["record"] {
  const first = [...refusals.values()].flatMap(({ entry }) => {
    return entry.is === "refused" ? [{ code: entry.code, key: entry.key, reason: entry.text }] : [];
  });
  return { ...record, rejections: { count: first.length, first }, lastError: failed?.entry.text ?? null };
}

/** Gives entries their numbers, from one on. */
export function numbered(lines: readonly UnwrittenLine[], from: number): readonly JournalLine[] {
  return lines.map((line, at) => ({ ...line, entry: { ...line.entry, seq: from + at } as JournalEntry }));
}

/** Lines as a file has them, each with its end. */
export function fileText(lines: readonly JournalLine[]): string {
  return lines.map((line) => `${lineText(line)}\n`).join("");
}
