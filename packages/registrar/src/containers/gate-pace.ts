/** Tries a second. */
export type TryBudget = {
  /** Of one container. */
  readonly ofContainer: number;
  /** Of all containers together. */
  readonly ofAll: number;
};

/** How long a port is tried every few milliseconds. */
export const newMs = 1000;

/** Of ports that have been tried for no longer than that, and of the others: who waits for long takes nothing from who is new. */
export const tryBudgets: Readonly<Record<"new" | "old", TryBudget>> = {
  new: { ofContainer: 500, ofAll: 2500 },
  old: { ofContainer: 100, ofAll: 1000 },
};

/** How long the gate waits before its next try of a port, in milliseconds, by how long it has been trying. */
export function nextTryMs(tryingMs: number, hasGivenUp: boolean): number {
  if (hasGivenUp) return 5000;
  return tryingMs < newMs ? 5 : 100;
}

/** A container whose ports are being tried. */
type Paced = { addresses: number; nextAtMs: number };

/**
 * Shares the tries a second among the containers whose ports do not accept yet: one with hundreds of closed ports tries
 * each of them more rarely, one after the other, and keeps nobody else waiting.
 */
export class GatePace {
  readonly #budget: TryBudget;
  readonly #trying = new Map<string, Paced>();

  constructor(budget: TryBudget) {
    this.#budget = budget;
  }

  /** Notes that addresses of a container are tried from now on; a negative number: no longer. */
  add(containerId: string, addresses: number): void {
    const paced = this.#trying.get(containerId) ?? { addresses: 0, nextAtMs: 0 };
    paced.addresses += addresses;
    if (paced.addresses > 0) this.#trying.set(containerId, paced);
    else this.#trying.delete(containerId);
  }

  /** How many addresses of a container are being tried. */
  addressesOf(containerId: string): number {
    return this.#trying.get(containerId)?.addresses ?? 0;
  }

  /** Takes the container's next time for a try of so many addresses; answers in how many milliseconds it is. */
  takeMs(containerId: string, addresses: number, nowMs: number): number {
    const paced = this.#trying.get(containerId);
    if (paced === undefined) return 0;
    const share = Math.min(this.#budget.ofContainer, this.#budget.ofAll / this.#trying.size);
    const atMs = Math.max(paced.nextAtMs, nowMs);
    paced.nextAtMs = atMs + (addresses * 1000) / share;
    return atMs - nowMs;
  }
}
