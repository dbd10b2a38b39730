import { counted, cutSentence, shown } from "@fairway/contract";
import type { UnwrittenLine } from "./journal-line.ts";
import { LastLines } from "./last-lines.ts";

/** Entries that a project may have at once: a deploy of some hundred containers. */
export const mostAtOnce = 1000;
/** How often a project that has used its entries up may have another one. */
export const anotherEveryMs = 60_000;
/** Projects whose entries are counted; further ones share a budget, as containers choose the names of projects. */
const mostProjects = 1000;

/** What one project may still tell, and what of it is held back. */
type Purse = {
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
  readonly #purses = new Map<string, Purse>();

  /** Lines to write now, of those that came in this order and of what was held. `now`: ms of `performance.now()`. */
  admit(lines: readonly UnwrittenLine[], now = performance.now()): readonly UnwrittenLine[] {
    const due = [...this.#purses].flatMap(([name, purse]) => {
      refill(purse, now);
      return isDue(purse) ? release(name, purse) : [];
    });
    return [...due, ...lines.flatMap((line) => this.#admit(line, now))];
  }

  /** Everything that is held, to write now. */
  release(): readonly UnwrittenLine[] {
    return [...this.#purses].flatMap(([name, purse]) => (isHeld(purse) ? release(name, purse) : []));
  }

  /** What is held: what is written comes to what is so only with it. */
  get held(): readonly UnwrittenLine[] {
    return [...this.#purses.values()].flatMap(({ held }) => held.lines);
  }

  #admit(line: UnwrittenLine, now: number): readonly UnwrittenLine[] {
    const asked = purseName(line.entry);
    if (asked === undefined) return [line];
    const [name, purse] = this.#purse(asked, now);
    for (const other of this.#purses.values()) if (other !== purse) other.leftOut += other.held.drop(line);
    const wasHeld = isHeld(purse);
    if (!wasHeld && purse.entries >= 1) {
      purse.entries -= 1;
      return [line];
    }
    if (!wasHeld) purse.since = new Date().toISOString();
    purse.leftOut += purse.held.add(line);
    return wasHeld
      ? []
      : [missed(name, "change too often to be told in full: for now the last of each record is held")];
  }

  #purse(asked: string, now: number): readonly [string, Purse] {
    if (this.#purses.size >= mostProjects) this.#forget(now);
    const name = this.#purses.has(asked) || this.#purses.size < mostProjects ? asked : others;
    const purse = this.#purses.get(name) ?? {
      entries: mostAtOnce,
      at: now,
      held: new LastLines(),
      leftOut: 0,
      since: "",
    };
    this.#purses.set(name, purse);
    refill(purse, now);
    return [name, purse];
  }

  /** A purse that is full is as one that is not there. */
  #forget(now: number): void {
    for (const [name, purse] of this.#purses) {
      refill(purse, now);
      if (purse.entries >= mostAtOnce && !isHeld(purse)) this.#purses.delete(name);
    }
  }
}

const [nobody, others] = ["nobody", "others"];

/** Undefined: it is always told. */
function purseName(entry: UnwrittenLine["entry"]): string | undefined {
  if (entry.is === "began" || entry.is === "ended" || entry.is === "missed") return undefined;
  const project = "project" in entry ? entry.project : null;
  return project === null ? nobody : `project ${project}`;
}

/** True: what comes next is held as well, as it is later. */
function isHeld({ held, leftOut }: Purse): boolean {
  return held.count > 0 || leftOut > 0;
}

/** There is room for what is held, and for how much was left out; or there never is more. */
function isDue(purse: Purse): boolean {
  return isHeld(purse) && purse.entries >= Math.min(purse.held.count + 1, mostAtOnce);
}

function refill(purse: Purse, now: number): void {
  const more = Math.floor(Math.max(now - purse.at, 0) / anotherEveryMs);
  purse.entries = Math.min(mostAtOnce, purse.entries + more);
  purse.at = purse.entries === mostAtOnce ? now : purse.at + more * anotherEveryMs;
}

/** What was held, each at the time of now: a file of a journal is in the order of time. */
function release(name: string, purse: Purse): readonly UnwrittenLine[] {
  const time = new Date().toISOString();
  const lines = purse.held.lines.map((line) => ({ ...line, entry: { ...line.entry, time } }));
  const { leftOut, since } = purse;
  const told = leftOut > 0 ? [missed(name, `had ${counted(leftOut, "more line")} since ${since}, left out here`)] : [];
  purse.entries = Math.max(purse.entries - lines.length - told.length, 0);
  purse.leftOut = 0;
  for (const line of lines) purse.held.drop(line);
  return [...lines, ...told];
}

function missed(name: string, what: string): UnwrittenLine {
  const project = name.startsWith("project ") ? name.slice("project ".length) : null;
  const who =
    project === null ? `what belongs to ${name === nobody ? "no project" : "further projects"}` : shown(project);
  const time = new Date().toISOString();
  return { entry: { is: "missed", time, text: cutSentence(`${who}: ${what}`), project } };
}
