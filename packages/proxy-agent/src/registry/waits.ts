import { decode, waitRecordSchema, waitsPrefix } from "@fairway/contract";
import type { Stored, SubscriptionEvent } from "@fairway/registry";

/** As many revisions are remembered; of more waits the others hear at the next ordinary write. */
const mostAwaited = 1000;

/**
 * The revisions that somebody waits for: each `waits/<id>` names one. A revision is forgotten once it was told, so that
 * a wait that nobody ends costs one write. Keys without a lease do not count: nothing would ever end them.
 */
export class Waits {
  readonly #awaited = new Set<bigint>();

  /** Takes in an event of the subscription. */
  onEvent(event: SubscriptionEvent): void {
    if (event.type === "lost") return;
    if (event.type === "listed") {
      // Of a registry that went back to an earlier state, revisions seen before tell nothing.
      this.#awaited.clear();
      return event.listing.stored.forEach((stored) => this.#take(stored));
    }
    for (const change of event.changes) if (change.type === "put") this.#take(change.stored);
  }

  /** True when somebody waits for a revision that has been applied and is newer than what was told. */
  isDue(told: bigint, applied: bigint): boolean {
    let isDue = false;
    // What was told before the registry went back tells nothing of it now.
    const known = told > applied ? -1n : told;
    for (const revision of this.#awaited) {
      if (revision <= known) this.#awaited.delete(revision);
      else if (revision <= applied) isDue = true;
    }
    return isDue;
  }

  #take({ key, value, lease, modRevision }: Stored): void {
    if (!key.startsWith(waitsPrefix) || lease === undefined || this.#awaited.size >= mostAwaited) return;
    const decoded = decode(waitRecordSchema, value);
    if (!decoded.ok) return;
    const revision = BigInt(decoded.record.revision);
    // Nobody can wait for what was not written when he asked.
    this.#awaited.add(revision < modRevision ? revision : modRevision);
  }
}
