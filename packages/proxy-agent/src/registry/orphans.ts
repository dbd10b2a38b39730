import type { Absence } from "./absence.ts";
import { portsOf } from "./endpoint-index.ts";
import type { SeenEndpoint } from "./seen.ts";

/** An endpoint that is missed, with its absence. */
export type Missed = { readonly endpoint: SeenEndpoint; readonly absence: Absence };

/** What decides whether an orphan's time is over. */
export type OrphanRules = {
  readonly now: number;
  /** ORPHAN_GRACE, in milliseconds. */
  readonly graceMs: number;
  /** True when a living endpoint takes traffic on this front port. */
  readonly hasLiving: (port: number) => boolean;
};

/**
 * The orphans whose grace has passed, except the last servers of a listener: those stay while their check passes.
 */
export function expiredOrphans(missed: Iterable<Missed>, { now, graceMs, hasLiving }: OrphanRules): readonly string[] {
  const expired = [...missed].filter(({ absence }) => absence.state === "orphaned" && absence.since + graceMs <= now);
  return expired.filter(({ endpoint }) => portsOf(endpoint).every(hasLiving)).map(({ endpoint }) => endpoint.key);
}

/** When to look again, ms since 1970: the next judgement or end of grace that lies ahead. */
export function nextLook(absences: Iterable<Absence>, { now, graceMs }: Pick<OrphanRules, "now" | "graceMs">): number {
  let next = Infinity;
  for (const { state, since, heldUntil } of absences) {
    const time = state === "missing" ? heldUntil : since + graceMs;
    if (time > now && time < next) next = time;
  }
  return next;
}
