import { createHash } from "node:crypto";

/**
 * HAProxy multiplies a server's id by 4,096 in 32 bits to find its places in a consistent hash (2.6 and 3.0): of two ids
 * that differ by a multiple of 2^20 both servers stand at the same places and share what one would get.
 */
const mostIds = 2 ** 20 - 1;

/**
 * The ids of a listener's servers where a hash of the client chooses one: made from the endpoints' keys, so that a
 * restart, a reload and another proxy send a client to the same server. Depends on the set of keys alone. Of keys that
 * come to the same id the first has it; the others, few as they are, get their next ones in the order of the keys.
 */
export class ServerIds {
  #isUsed = false;
  /** Who would have an id first, sorted. */
  readonly #firsts = new Map<number, readonly string[]>();
  /** Ids that several would have. */
  readonly #contended = new Set<number>();
  /** Of those that do not get the one that they would have first. */
  #others: ReadonlyMap<string, number> = new Map();
  #moved = new Set<string>();

  /** Of an endpoint's server; undefined: none is used. */
  idOf(key: string): number | undefined {
    return this.#isUsed ? (this.#others.get(key) ?? choiceOf(key, 0)) : undefined;
  }

  /** Takes in an endpoint, or lets it go. */
  set(key: string, isThere: boolean): void {
    if (!this.#isUsed) return;
    this.#put(key, isThere);
    this.#settleOthers();
  }

  /** Takes in whether ids are used; the endpoints whose ids are others since the last call. `keys`: all there are. */
  settle(isUsed: boolean, keys: Iterable<string>): ReadonlySet<string> {
    if (isUsed !== this.#isUsed) this.#begin(isUsed, keys);
    const moved = this.#moved;
    if (moved.size > 0) this.#moved = new Set();
    return moved;
  }

  #begin(isUsed: boolean, keys: Iterable<string>): void {
    this.#isUsed = isUsed;
    this.#firsts.clear();
    this.#contended.clear();
    this.#others = new Map();
    for (const key of keys) {
      if (isUsed) this.#put(key, true);
      this.#moved.add(key);
    }
    this.#settleOthers();
  }

  #put(key: string, isThere: boolean): void {
    const first = choiceOf(key, 0);
    const others = (this.#firsts.get(first) ?? []).filter((each) => each !== key);
    const now = isThere ? [...others, key].sort() : others;
    if (now.length === 0) this.#firsts.delete(first);
    else this.#firsts.set(first, now);
    if (now.length > 1) this.#contended.add(first);
    else this.#contended.delete(first);
  }

  #settleOthers(): void {
    const before = this.#others;
    if (this.#contended.size + before.size === 0) return;
    const losers = [...this.#contended].flatMap((id) => (this.#firsts.get(id) ?? []).slice(1)).sort();
    const now = new Map<string, number>();
    const taken = new Set<number>();
    for (const key of losers) {
      const id = this.#nextFree(key, taken);
      taken.add(id);
      now.set(key, id);
    }
    this.#others = now;
    for (const key of new Set([...before.keys(), ...losers]))
      if (before.get(key) !== now.get(key)) this.#moved.add(key);
  }

  #nextFree(key: string, taken: ReadonlySet<number>): number {
    for (let attempt = 1; ; attempt += 1) {
      const id = choiceOf(key, attempt);
      if (!this.#firsts.has(id) && !taken.has(id)) return id;
    }
  }
}

/** A key's first choice of an id, or one of the next: from 1 to 1,048,575. */
export function choiceOf(key: string, attempt: number): number {
  const hash = createHash("sha256").update(`${attempt}\n${key}`).digest();
  return 1 + (hash.readUInt32BE(0) % mostIds);
}
