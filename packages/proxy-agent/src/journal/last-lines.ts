import type { UnwrittenLine } from "./journal-line.ts";
import { refusalId } from "./told-refusals.ts";

type Last<T> = {
  readonly line: T;
  /** What it is about was not there before the first line of it. */
  readonly isNew: boolean;
};

/**
 * Of lines the last of each thing that they are about, in order; nothing of what came and went meanwhile. Whatever they
 * come to, these come to as well.
 */
export class LastLines<T extends UnwrittenLine> {
  readonly #last = new Map<string, Last<T>>();
  readonly #keepsEnds: boolean;

  /** `keepsEnds`: what came may have been written already, so that its end is told even if it came among these. */
  constructor(keepsEnds = false) {
    this.#keepsEnds = keepsEnds;
  }

  get lines(): readonly T[] {
    return [...this.#last.values()].map(({ line }) => line);
  }

  get count(): number {
    return this.#last.size;
  }

  /** Takes in the next line. Answers how many are left out for it. */
  add(line: T): number {
    const subject = subjectOf(line.entry);
    const before = this.#last.get(subject);
    this.#last.delete(subject);
    const isNew = before?.isNew ?? isBeginning(line.entry);
    if (before !== undefined && isNew && isEnd(line.entry) && !this.#keepsEnds) return 2;
    this.#last.set(subject, { line, isNew });
    return before === undefined ? 0 : 1;
  }

  has(subject: string): boolean {
    return this.#last.has(subject);
  }

  /** A later line of this is elsewhere. Answers how many are left out for it. */
  drop({ entry }: UnwrittenLine): number {
    return this.#last.delete(subjectOf(entry)) ? 1 : 0;
  }
}

type Entry = UnwrittenLine["entry"];

function isBeginning({ is }: Entry): boolean {
  return is === "came" || is === "refused";
}

function isEnd({ is }: Entry): boolean {
  return is === "went" || is === "admitted";
}

const subjects: Readonly<Partial<Record<Entry["is"], string>>> = {
  reloaded: "haproxy",
  started: "haproxy",
  failed: "failed",
  recovered: "failed",
  lost: "lost",
  found: "lost",
  began: "began",
  ended: "began",
};

/** What a line is about: of two with the same one, the later decides. */
export function subjectOf(entry: Entry): string {
  if (entry.is === "refused" || entry.is === "admitted") return `refusal ${refusalId(entry)}`;
  if (entry.is === "missed") return `missed ${entry.text}`;
  return "key" in entry ? `record ${entry.key}` : (subjects[entry.is] ?? entry.is);
}
