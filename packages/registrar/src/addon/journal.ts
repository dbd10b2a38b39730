import type { Log } from "@fairway/program";
import type { Container } from "../docker/container.ts";

/** Someone who was refused, or could not be answered. */
export type Refusal = {
  readonly source: string;
  readonly reason: string;
  /** ISO 8601, the last time. */
  readonly at: string;
  readonly times: number;
};

/** A container that was answered. */
export type Answered = { readonly container: string; readonly source: string; readonly at: string };

/** What has become of the requests so far. */
export type Journal = {
  readonly answered: (source: string, container: Container) => void;
  readonly refused: (source: string, reason: string) => void;
  readonly failed: (source: string, reason: string) => void;
  readonly counts: () => { readonly answered: number; readonly refused: number; readonly failed: number };
  /** The latest of each, oldest first. */
  readonly lately: () => { readonly answered: readonly Answered[]; readonly refused: readonly Refusal[] };
};

/** How many of each are kept; anyone may send requests. */
const mostKept = 50;

/** Counts requests; logs each container once and each refusal once for as long as its reason stays the same. */
export function createJournal(log: Log): Journal {
  const answered = new Map<string, Answered>();
  const refused = new Map<string, Refusal>();
  const counts = { answered: 0, refused: 0, failed: 0 };

  const refuse = (source: string, reason: string, message: string) => {
    const before = refused.get(source);
    const isKnown = before?.reason === reason;
    if (!isKnown) log.warn({ source, reason }, message);
    answered.delete(source);
    keep(refused, source, { source, reason, at: now(), times: isKnown ? before.times + 1 : 1 });
  };

  return {
    answered: (source, { id, name }) => {
      counts.answered += 1;
      if (answered.get(source)?.container !== name)
        log.info({ source, container: name, id }, "subscription handed out");
      refused.delete(source);
      keep(answered, source, { container: name, source, at: now() });
    },
    refused: (source, reason) => {
      counts.refused += 1;
      refuse(source, reason, "subscription refused");
    },
    failed: (source, reason) => {
      counts.failed += 1;
      refuse(source, reason, "subscription cannot be handed out now");
    },
    counts: () => counts,
    lately: () => ({ answered: [...answered.values()], refused: [...refused.values()] }),
  };
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
