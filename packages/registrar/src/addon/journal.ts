import type { Log } from "@fairway/program";
import type { Container } from "../docker/container.ts";

/** A source that was refused, or could not be answered. */
export type Refusal = {
  readonly source: string;
  readonly reason: string;
  /** ISO 8601, the last time. */
  readonly at: string;
  readonly times: number;
};

/** A container that was answered. */
export type Answered = { readonly container: string; readonly source: string; readonly at: string };

/** How many of each are kept; anyone may send requests. */
const mostKept = 50;

/** Counts requests; logs each container once and each refusal once for as long as its reason stays the same. */
export class Journal {
  readonly #log: Log;
  readonly #answered = new Map<string, Answered>();
  readonly #refused = new Map<string, Refusal>();
  readonly #limited = new Map<string, true>();
  readonly #counts = { answered: 0, refused: 0, failed: 0, limited: 0 };

  constructor(log: Log) {
    this.#log = log;
  }

  /** A container was handed its subscription. */
  answered(source: string, { id, name }: Container): void {
    this.#counts.answered += 1;
    if (this.#answered.get(source)?.container !== name) {
      this.#log.info({ source, container: name, id }, "subscription handed out");
    }
    this.#refused.delete(source);
    keep(this.#answered, source, { container: name, source, at: now() });
  }

  /** A request came from where none is answered. */
  refused(source: string, reason: string): void {
    this.#counts.refused += 1;
    this.#refuse(source, reason, "subscription refused");
  }

  /** A request could not be answered now. */
  failed(source: string, reason: string): void {
    this.#counts.failed += 1;
    this.#refuse(source, reason, "subscription cannot be handed out now");
  }

  /** A source asked more often than it may. */
  limited(source: string): void {
    this.#counts.limited += 1;
    if (!this.#limited.has(source)) this.#log.warn({ source }, "subscription asked for too often");
    keep(this.#limited, source, true);
  }

  /** How many requests were answered, refused, failed and not looked at so far. */
  counts(): Readonly<Record<"answered" | "refused" | "failed" | "limited", number>> {
    return this.#counts;
  }

  /** The latest of each, oldest first. */
  latest(): { readonly answered: readonly Answered[]; readonly refused: readonly Refusal[] } {
    return { answered: [...this.#answered.values()], refused: [...this.#refused.values()] };
  }

  #refuse(source: string, reason: string, message: string): void {
    const before = this.#refused.get(source);
    const isKnown = before?.reason === reason;
    if (!isKnown) this.#log.warn({ source, reason }, message);
    this.#answered.delete(source);
    keep(this.#refused, source, { source, reason, at: now(), times: isKnown ? before.times + 1 : 1 });
  }
}

/** As the newest; the oldest goes when there are too many. */
function keep<T>(kept: Map<string, T>, key: string, value: T): void {
  kept.delete(key);
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
}

function now(): string {
  return new Date().toISOString();
}
