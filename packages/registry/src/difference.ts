import type { SurveyedSpan } from "./registry-client.ts";
import type { SeenWrite } from "./stored.ts";

/** What is held of a span: keys, each with the revision at which it got its value. */
export type Held = ReadonlyMap<string, bigint>;

/** How what is held of a span differs from what the registry has there. */
export type KeyDifference = {
  /** Keys to be read: new, or written since. */
  readonly changed: readonly string[];
  /** Keys that the registry no longer has. */
  readonly gone: readonly string[];
  /** True: a key was written earlier than was seen, so the registry went back. */
  readonly hasGoneBack: boolean;
};

/**
 * Whether what is held is what the registry has, judged by the number of keys and those written after a revision at
 * which both were the same. See docs/decisions/held-and-counted.md for why this is enough.
 */
export function isSame(held: Held, since: bigint, { count, written }: SurveyedSpan): boolean {
  if (held.size !== count) return false;
  let old = 0;
  for (const modRevision of held.values()) if (modRevision <= since) old += 1;
  return old === count - written.length && written.every(({ key, modRevision }) => held.get(key) === modRevision);
}

/** Compares what is held with every key that the registry has. */
export function differenceOf(held: Held, listed: readonly SeenWrite[]): KeyDifference {
  const keys = new Set(listed.map(({ key }) => key));
  const differing = listed.filter(({ key, modRevision }) => held.get(key) !== modRevision);
  return {
    changed: differing.map(({ key }) => key),
    gone: [...held.keys()].filter((key) => !keys.has(key)),
    hasGoneBack: differing.some(({ key, modRevision }) => modRevision < (held.get(key) ?? 0n)),
  };
}
