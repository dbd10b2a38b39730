import type { LoggedConnection } from "@fairway/haproxy";

/** What one worker logged of one frontend. */
type Counted = {
  /** One more than the highest number that came. */
  next: number;
  /** Lower ones that have not come. */
  missing: Set<number>;
  /** Those of them that had not come at the last look either. */
  overdue: ReadonlySet<number>;
  /** How often a number came to two lines: threads that end connections at once give it twice, and none the next. */
  twice: number;
  /** How the line with the highest number was read. */
  reading: LogReading;
};

/** How a worker's lines are read. */
export type LogReading = {
  /** All that this worker ever logged is to come. */
  readonly isFromStart: boolean;
  /** It was read before: some lines come once more. */
  readonly isAgain: boolean;
};

/** More that is missing at once than this is lost. */
const mostMissing = 10_000;

/**
 * Counts lines of the log that never came, by the numbers that workers give them, and knows those that came before. Two
 * connections that end at once may be told in the other order: what is missing at two looks is lost.
 */
export class LostLines {
  readonly #counted = new Map<string, Counted>();
  #lost = 0;

  /** False: the line has come before. */
  take({ pid, frontend, number }: Line, reading: LogReading): boolean {
    const id = `${pid} ${frontend}`;
    const known = this.#counted.get(id);
    const first = reading.isFromStart ? 0 : number;
    const counted = known ?? { next: first, missing: new Set(), overdue: new Set(), twice: 0, reading };
    if (known === undefined) this.#counted.set(id, counted);
    if (number >= counted.next) {
      this.#skip(counted, number);
      counted.reading = reading;
      return true;
    }
    if (counted.missing.delete(number)) return true;
    if (reading.isAgain && counted.reading !== reading) return false;
    counted.twice += 1;
    return true;
  }

  /** How many are lost since the last look. */
  look(): number {
    for (const counted of this.#counted.values()) {
      const gone = [...counted.overdue].filter((number) => counted.missing.delete(number)).length;
      const told = Math.min(gone, counted.twice);
      counted.twice -= told;
      this.#lost += gone - told;
      counted.overdue = new Set(counted.missing);
    }
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  /** A worker is gone: what is missing of it does not come any more. Answers how many are lost since the last look. */
  end(pid: number): number {
    const lost = this.look() + this.look();
    for (const id of this.#counted.keys()) if (id.startsWith(`${pid} `)) this.#counted.delete(id);
    return lost;
  }

  #skip(counted: Counted, number: number): void {
    const from = Math.max(counted.next, number - mostMissing);
    this.#lost += from - counted.next;
    for (let each = from; each < number; each += 1) counted.missing.add(each);
    counted.next = number + 1;
  }
}

type Line = Pick<LoggedConnection, "pid" | "frontend" | "number">;
