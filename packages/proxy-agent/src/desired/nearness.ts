import { createHash } from "node:crypto";

/** Where an endpoint's server is, and what it would be without LOCALITY. */
export type Standing = {
  readonly isNear: boolean;
  /** It takes new connections. */
  readonly isReady: boolean;
  readonly weight: number;
};

/** What LOCALITY makes of a server. */
export type Place = {
  /** Undefined: its own. */
  readonly weight: number | undefined;
  /** It serves while no other server is up. */
  readonly isSpare: boolean;
};

/** HAProxy's largest weight. */
const nearWeight = 256;

/** So many far servers, at weight 1, for each near one: with one more, less than 95 % of the connections would be near. */
const farPerNear = 13;
const nearPerFar = 19;

const everywhere: Place = { weight: undefined, isSpare: false };
const helping: Place = { weight: 1, isSpare: false };
const spare: Place = { weight: undefined, isSpare: true };

/**
 * How the servers of a listener with LOCALITY stand for one proxy. Near ones have nearly all of the weight, and among them
 * their own weights count; some far ones have weight 1, and take at once what the near ones refuse or have no room for; the
 * rest are backups. Without a near one that is ready all are alike. Which far ones help differs by node, so that
 * they all have their part. A server that comes or goes changes one far server, or thirteen if it is near; the first and
 * the last near one change them all.
 */
export class Nearness {
  readonly #node: string;
  readonly #standings = new Map<string, Standing>();
  /** The weights of near ones that are ready. */
  readonly #near = new Map<string, number>();
  readonly #far: string[] = [];
  #heaviest = 0;
  /** So many of the far ones help. */
  #helpers = Infinity;
  #moved = new Set<string>();

  /** `node`: the proxy's own. */
  constructor(node: string) {
    this.#node = node;
  }

  /** The place of an endpoint's server; undefined: it has none. */
  placeOf(key: string): Place | undefined {
    const standing = this.#standings.get(key);
    if (standing === undefined) return undefined;
    if (this.#near.size === 0 || (standing.isNear && !standing.isReady)) return everywhere;
    if (standing.isNear) {
      return { weight: Math.max(1, Math.round((nearWeight * standing.weight) / this.#heaviest)), isSpare: false };
    }
    return this.#rankOf(key) < this.#helpers ? helping : spare;
  }

  /** Takes in where an endpoint's server is now; undefined: it has none, or one that is a backup anyway. */
  set(key: string, standing: Standing | undefined): void {
    const before = this.#standings.get(key);
    if (isSame(before, standing)) return;
    this.#moved.add(key);
    if (before) this.#leave(key, before);
    if (standing) this.#enter(key, standing);
    if (before?.isNear || standing?.isNear) this.#weigh();
  }

  /** The endpoints whose places may be others since the last call. */
  takeMoved(): ReadonlySet<string> {
    const moved = this.#moved;
    if (moved.size > 0) this.#moved = new Set();
    return moved;
  }

  #enter(key: string, standing: Standing): void {
    this.#standings.set(key, standing);
    if (standing.isNear) {
      if (standing.isReady) this.#near.set(key, standing.weight);
      return;
    }
    const rank = this.#rankOf(key);
    this.#far.splice(rank, 0, this.#turnOf(key));
    if (rank < this.#helpers) this.#noteFar(this.#helpers, this.#helpers + 1);
  }

  #leave(key: string, { isNear }: Standing): void {
    this.#standings.delete(key);
    if (isNear) {
      this.#near.delete(key);
      return;
    }
    const rank = this.#rankOf(key);
    this.#far.splice(rank, 1);
    if (rank < this.#helpers) this.#noteFar(this.#helpers - 1, this.#helpers);
  }

  #weigh(): void {
    const weights = [...this.#near.values()];
    const heaviest = weights.reduce((most, each) => Math.max(most, each), 0);
    if (heaviest !== this.#heaviest) for (const key of this.#near.keys()) this.#moved.add(key);
    this.#heaviest = heaviest;
    const sum = weights.reduce((all, each) => all + (nearWeight * each) / heaviest, 0);
    const most = Math.min(farPerNear * weights.length, Math.floor(sum / nearPerFar));
    const [before, now] = [this.#helpers, weights.length === 0 ? Infinity : Math.max(1, most)];
    this.#helpers = now;
    if (before === now) return;
    if (before === Infinity || now === Infinity) this.#noteFar(0, Infinity);
    else this.#noteFar(Math.min(before, now), Math.max(before, now));
  }

  #noteFar(from: number, to: number): void {
    for (const turn of this.#far.slice(from, to)) this.#moved.add(turn.slice(turn.indexOf(" ") + 1));
  }

  /** Where a far one stands, or would stand. */
  #rankOf(key: string): number {
    const turn = this.#turnOf(key);
    let [from, to] = [0, this.#far.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#far[middle] ?? "") < turn) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** What far ones are sorted by. */
  #turnOf(key: string): string {
    return `${createHash("sha256").update(`${this.#node}\n${key}`).digest("hex").slice(0, 16)} ${key}`;
  }
}

function isSame(a: Standing | undefined, b: Standing | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.isNear === b.isNear && a.isReady === b.isReady && a.weight === b.weight;
}
