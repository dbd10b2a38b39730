/** Tries a second of one container, and of all containers together. */
const mostOfContainer = 500;
const mostOfAll = 2500;

/** How long the gate waits before its next try of a port, in milliseconds, by how long it has been trying. */
export function nextTryMs(tryingMs: number, hasGivenUp: boolean): number {
  if (hasGivenUp) return 5000;
  return tryingMs < 1000 ? 5 : 100;
}

/**
 * Shares the tries a second among the containers whose ports do not accept yet: one with hundreds of closed ports tries
 * each of them more rarely, and keeps nobody else waiting.
 */
export class GatePace {
  /** How many addresses of each container are being tried. */
  readonly #trying = new Map<string, number>();

  /** Notes that addresses of a container are tried from now on; a negative number: no longer. */
  add(containerId: string, addresses: number): void {
    const now = (this.#trying.get(containerId) ?? 0) + addresses;
    if (now > 0) this.#trying.set(containerId, now);
    else this.#trying.delete(containerId);
  }

  /** The least time between two tries of one port of a container, in milliseconds. */
  leastMs(containerId: string): number {
    const share = Math.min(mostOfContainer, mostOfAll / Math.max(1, this.#trying.size));
    return ((this.#trying.get(containerId) ?? 0) * 1000) / share;
  }
}
