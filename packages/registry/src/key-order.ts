import type { KeySpan, Selector } from "./stored.ts";

/** Orders keys as etcd does, by their bytes in UTF-8. */
export function byBytes(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const [unitA, unitB] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (unitA !== unitB) return rank(unitA) - rank(unitB);
  }
  return a.length - b.length;
}

/** In UTF-16 what lies beyond the first 65,536 characters stands before U+E000, in UTF-8 behind everything. */
function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** The keys that a selector selects. Our prefixes end in `/`, so their last character can be raised. */
export function spanOf(selector: Selector): KeySpan {
  if ("key" in selector) return { from: selector.key, to: `${selector.key}\0` };
  const { prefix } = selector;
  return { from: prefix, to: prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1) };
}
