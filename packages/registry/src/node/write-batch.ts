import { claimsPrefixOf, claimsPrefixOfHolder, parseClaimKey } from "@fairway/contract";
import type { Operation } from "../registry-client.ts";
import type { ClaimPut } from "./node-claims.ts";

/** Bounds of one transaction: etcd takes 128 operations and 1.5 MiB. */
export const batchLimits = { operations: 100, bytes: 512 * 1024 } as const;

/** A record that is to be written or deleted. */
export type DueRecord = {
  readonly key: string;
  /** Undefined: it is to be deleted. */
  readonly value: string | undefined;
  /** The registry has it: its claims alone are missing. */
  readonly isHeld: boolean;
  readonly claims: readonly ClaimPut[];
};

/** What {@link nextBatch} is computed from. */
export type BatchFacts = {
  readonly due: Iterable<DueRecord>;
  readonly lease: string;
  /** How many operations it may have; at least one record is in it all the same. */
  readonly mostOperations: number;
};

/**
 * The next writes that bring the registry nearer to what is wanted, puts before deletes, within one transaction's
 * bounds. An endpoint brings its claims along.
 */
export function nextBatch({ due, lease, mostOperations }: BatchFacts): readonly Operation[] {
  const puts = new Puts(mostOperations);
  const deletes: Operation[] = [];
  for (const { key, value, isHeld, claims } of due) {
    if (value === undefined) deletes.push({ type: "delete", key });
    else if (puts.hasRivalOf(claims)) continue;
    else if (!puts.add([...claims, ...(isHeld ? [] : [{ type: "put", key, value, lease } as const])])) {
      return puts.operations;
    }
  }
  return [...puts.operations, ...deletes.slice(0, Math.max(0, mostOperations - puts.operations.length))];
}

type Put = Extract<Operation, { readonly value: string }>;

/** Puts of one transaction. */
class Puts {
  readonly operations: Operation[] = [];
  readonly #mostOperations: number;
  readonly #keys = new Set<string>();
  /** The holder whose claim to a front port is among them. */
  readonly #holders = new Map<string, string>();
  #bytes = 0;

  constructor(mostOperations: number) {
    this.#mostOperations = mostOperations;
  }

  /** True when another holder's claim to one of the front ports is among them: in one transaction they had one age. */
  hasRivalOf(claims: readonly ClaimPut[]): boolean {
    return claims.some(({ key }) => {
      const { port, holder } = partsOf(key);
      return (this.#holders.get(port) ?? holder) !== holder;
    });
  }

  /** Adds puts that belong together, without those that are in it; false when there is no room. The first ones always have. */
  add(puts: readonly Put[]): boolean {
    const added = puts.filter(({ key }) => !this.#keys.has(key));
    const size = added.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    const count = this.operations.length + added.length;
    const hasRoom = count <= this.#mostOperations && this.#bytes + size <= batchLimits.bytes;
    if (!hasRoom && this.operations.length > 0) return false;
    for (const put of added) this.#push(put);
    this.#bytes += size;
    return true;
  }

  #push(put: Put): void {
    this.operations.push(put);
    this.#keys.add(put.key);
    if (put.type !== "create") return;
    const { port, holder } = partsOf(put.key);
    this.#holders.set(port, holder);
  }
}

/** The front port of a claim with the proxies that it is on, and its holder. */
function partsOf(key: string): { readonly port: string; readonly holder: string } {
  const claim = parseClaimKey(key);
  if (claim === undefined) throw new Error(`${key} is not a claim's key`);
  return { port: `${claimsPrefixOf(claim.balancer)}${claim.port}`, holder: claimsPrefixOfHolder(claim) };
}
