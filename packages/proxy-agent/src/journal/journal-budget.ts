import { cutSentence, shown } from "@fairway/contract";
import type { UnwrittenLine } from "./journal-line.ts";
import { LastLines, subjectOf } from "./last-lines.ts";

/** Entries that a project may have at once: a deploy of some hundred containers. */
export const mostAtOnce = 1000;
/** How often a project that has used its entries up may have another one. */
export const anotherEveryMs = 60_000;
/** Projects whose entries are counted; further ones share a budget, as containers choose the names of projects. */
const mostProjects = 1000;

/** What one project may still tell, and what of it is held back. */
type Bucket = {
  entries: number;
  /** As of when, ms of `performance.now()`. */
  at: number;
  readonly held: LastLines<UnwrittenLine>;
  leftOut: number;
  /** Since when it is held back, by the clock. */
  since: string;
};

/**
 * What of each project is written of a journal that all share: whose containers come and go all the time does not drive out
 * what others did. Beyond its budget the last of each of its records alone is held, and written with how many entries
 * were left out once there is room for all of them. What belongs to no project has a budget of its own; that the agent
 * began or ended, and what is missing, is always told.
 */
export class JournalBudget {
  readonly #buckets = new Map<string, Bucket>();
  /** The bucket that holds the last line of a subject. */
  readonly #holders = new Map<string, Bucket>();

  /** Lines to write now, of those that came in this order and of what was held. `now`: ms of `performance.now()`. */
  admit(lines: readonly UnwrittenLine[], now = performance.now()): readonly UnwrittenLine[] {
    if (this.#buckets.size >= mostProjects) this.#forget(now);
    const due = [...this.#buckets].flatMap(([name, bucket]) => {
      refill(bucket, now);
      return isHeld(bucket) ? this.#release(name, bucket, roomIn(bucket)) : [];
    });
    return [...due, ...lines.flatMap((line) => this.#admit(line, now))];
  }

  /** Everything that is held, to write now. */
  release(): readonly UnwrittenLine[] {
    return [...this.#buckets].flatMap(([name, bucket]) =>
      isHeld(bucket) ? this.#release(name, bucket, bucket.held.count + 1) : [],
    );
  }

  /**
   * At most so many lines, the oldest first, each at the time of now, as a file of a journal is in the order of time; and
   * how many were left out once nothing is held.
   */
  #release(name: string, bucket: Bucket, most: number): readonly UnwrittenLine[] {
    const time = new Date().toISOString();
    const lines = bucket.held.lines.slice(0, most);
    for (const line of lines) this.#drop(bucket, line);
    bucket.entries = Math.max(bucket.entries - lines.length, 0);
    const told = lines.map((line) => ({ ...line, entry: { ...line.entry, time } }));
    if (bucket.held.count > 0 || lines.length === most || bucket.leftOut === 0) return told;
    const what = `had ${bucket.leftOut} ${bucket.leftOut === 1 ? "entry" : "entries"} left out since ${bucket.since}`;
    bucket.entries = Math.max(bucket.entries - 1, 0);
    bucket.leftOut = 0;
    return [...told, missed(name, what)];
  }

  #drop(bucket: Bucket, line: UnwrittenLine): number {
    this.#holders.delete(subjectOf(line.entry));
    return bucket.held.drop(line);
  }

  /** What is held: what is written comes to what is so only with it. */
  get held(): readonly UnwrittenLine[] {
    return [...this.#buckets.values()].flatMap(({ held }) => held.lines);
  }

  #admit(line: UnwrittenLine, now: number): readonly UnwrittenLine[] {
    const asked = bucketName(line.entry);
    if (asked === undefined) return [line];
    const [name, bucket] = this.#bucket(asked, now);
    const subject = subjectOf(line.entry);
    const holder = this.#holders.get(subject);
    if (holder !== undefined && holder !== bucket) holder.leftOut += this.#drop(holder, line);
    const wasHeld = isHeld(bucket);
    if (!wasHeld && bucket.entries >= 1) {
      bucket.entries -= 1;
      return [line];
    }
    if (!wasHeld) bucket.since = new Date().toISOString();
    bucket.leftOut += bucket.held.add(line);
    if (bucket.held.has(subject)) this.#holders.set(subject, bucket);
    else this.#holders.delete(subject);
    return wasHeld ? [] : [missed(name, "has used up its journal entries; keeping only the latest of each record")];
  }

  #bucket(asked: string, now: number): readonly [string, Bucket] {
    const name = this.#buckets.has(asked) || this.#buckets.size < mostProjects ? asked : others;
    const bucket = this.#buckets.get(name) ?? {
      entries: mostAtOnce,
      at: now,
      held: new LastLines(),
      leftOut: 0,
      since: "",
    };
    this.#buckets.set(name, bucket);
    refill(bucket, now);
    return [name, bucket];
  }

  /** A bucket that is full is as one that is not there. */
  #forget(now: number): void {
    for (const [name, bucket] of this.#buckets) {
      refill(bucket, now);
      if (bucket.entries >= mostAtOnce && !isHeld(bucket)) this.#buckets.delete(name);
    }
  }
}

const [nobody, others] = ["nobody", "others"];

/** Undefined: it is always told. */
function bucketName(entry: UnwrittenLine["entry"]): string | undefined {
  if (entry.is === "began" || entry.is === "ended" || entry.is === "missed") return undefined;
  const project = "project" in entry ? entry.project : null;
  return project === null ? nobody : `project ${project}`;
}

/** True: what comes next is held as well, as it is later. */
function isHeld({ held, leftOut }: Bucket): boolean {
  return held.count > 0 || leftOut > 0;
}

/** Of many held lines so many are written at a time. */
const someOf = 10;

/** How many lines may be released: all and what was left out, else some of many. */
function roomIn({ entries, held }: Bucket): number {
  const all = held.count + 1;
  return entries >= Math.min(all, mostAtOnce) ? all : entries >= someOf ? Math.min(entries, held.count) : 0;
}

function refill(bucket: Bucket, now: number): void {
  const more = Math.floor(Math.max(now - bucket.at, 0) / anotherEveryMs);
  bucket.entries = Math.min(mostAtOnce, bucket.entries + more);
  bucket.at = bucket.entries === mostAtOnce ? now : bucket.at + more * anotherEveryMs;
}

function missed(name: string, what: string): UnwrittenLine {
  const project = name.startsWith("project ") ? name.slice("project ".length) : null;
  const others = name === nobody ? "what belongs to no project" : "what belongs to further projects";
  const who = project === null ? others : `project ${shown(project)}`;
  const time = new Date().toISOString();
  return { entry: { is: "missed", time, text: cutSentence(`${who} ${what}`), project } };
}
