/** A part of a journal on disk: a file of lines, and the state before the first of them. */
export type Segment = {
  readonly number: number;
  /** When it was begun, ms since 1970 by the clock of then. */
  readonly begunMs: number;
  /** Of both files. */
  readonly bytes: number;
};

/** How long a journal goes back. */
export const keptMs = 30 * 24 * 3_600_000;
/** Bytes of its segments at most; texts of configurations have the rest of 64 MB. */
export const mostBytes = 48 * 1024 ** 2;
/** Bytes of lines after which a segment is followed by the next. */
const segmentBytes = 4 * 1024 ** 2;
/** How long a segment is written to at most. */
const segmentMs = 24 * 3_600_000;

const name = /^([0-9]{6,12})-([0-9]{1,15})\.(ndjson|state\.gz)$/;

/** The file names of a segment. */
export function segmentNames({ number, begunMs }: Pick<Segment, "number" | "begunMs">) {
  const stem = `${String(number).padStart(6, "0")}-${begunMs}`;
  return { lines: `${stem}.ndjson`, state: `${stem}.state.gz` };
}

/** The segments of a folder's files, in order; others are left out. */
export function segmentsOf(files: readonly { readonly name: string; readonly bytes: number }[]): readonly Segment[] {
  const found = new Map<string, Segment>();
  for (const file of files) {
    const [, number = "", begunMs = ""] = name.exec(file.name) ?? [];
    if (number === "") continue;
    const stem = `${number}-${begunMs}`;
    const bytes = (found.get(stem)?.bytes ?? 0) + file.bytes;
    found.set(stem, { number: Number(number), begunMs: Number(begunMs), bytes });
  }
  return [...found.values()].toSorted((a, b) => a.number - b.number);
}

/** True when the next segment is due. */
export function isFull({ begunMs }: Pick<Segment, "begunMs">, lineBytes: number, nowMs: number): boolean {
  return lineBytes >= segmentBytes || Math.abs(nowMs - begunMs) >= segmentMs;
}

/**
 * Which segments go: the oldest beyond {@link mostBytes}, and those that ended {@link keptMs} before the last but one
 * began, or before `lastMs`, the time of the last line that was written. By these and not by the clock of now: one that is a
 * year ahead for a moment, with lines of that moment in the last one, ends nothing.
 */
export function segmentsToEnd(segments: readonly Segment[], lastMs: number): readonly Segment[] {
  const nowMs = Math.min(lastMs, segments.at(-2)?.begunMs ?? lastMs);
  let bytes = segments.reduce((sum, each) => sum + each.bytes, 0);
  return segments.slice(0, -1).filter((segment, at) => {
    const endedMs = segments[at + 1]?.begunMs ?? nowMs;
    const isToGo = bytes > mostBytes || nowMs - endedMs > keptMs;
    if (isToGo) bytes -= segment.bytes;
    return isToGo;
  });
}

/** The segment in which a time is; undefined: all are of later. */
export function segmentAt(segments: readonly Segment[], atMs: number): Segment | undefined {
  return segments.findLast(({ begunMs }) => begunMs <= atMs);
}
