/** Numbers that the seed decides. */
export type Random = {
  /** A whole number from 0 to below `limit`. */
  readonly below: (limit: number) => number;
  /** One of these. Throws when there is none. */
  readonly oneOf: <T>(items: readonly T[]) => T;
  /** The same, taken out. */
  readonly take: <T>(items: T[]) => T;
};

/** The same seed gives the same numbers (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const oneOf = <T>(items: readonly T[]) => {
    const item = items[below(items.length)];
    if (item === undefined) throw new Error("nothing to choose from");
    return item;
  };
  const take = <T>(items: T[]) => {
    const item = oneOf(items);
    items.splice(items.indexOf(item), 1);
    return item;
  };
  return { below, oneOf, take };
}
