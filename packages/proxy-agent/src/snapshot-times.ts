import { uptime } from "node:os";
import { evenNow, kernelIdentity } from "@fairway/program";
import { z } from "zod";
import { holdMs } from "./registry/missing-endpoints.ts";

/** A moment by the clocks that another process can compare with its own: the one of its times, and that of the boot. */
export const momentSchema = z.object({ evenMs: z.number(), bootId: z.string(), uptimeMs: z.number() });

/** See {@link momentSchema}. */
export type Moment = Readonly<z.output<typeof momentSchema>>;

/** This moment. */
export function momentNow(): Moment {
  return { evenMs: evenNow(), bootId: kernelIdentity().bootId, uptimeMs: uptime() * 1000 };
}

/** What of a snapshot has times, in ms since 1970 as the agent's clock was that wrote it. */
type Timed = {
  readonly view: { readonly absences: readonly { readonly since: number; readonly heldUntil: number }[] };
  readonly empty: readonly { readonly emptySince: number }[];
};

/**
 * The times of a snapshot by the clock of now. That of its writer may have been wrong: what counts is how long before its
 * writing each was, and, within one boot, how long ago that is; over a boot nobody knows, and no time has passed. None
 * lies ahead, nor is anything held for longer than a hold lasts.
 */
export function withTimesOfNow<T extends Timed>(snapshot: T, savedAt: Moment | undefined, now: Moment): T {
  const shiftMs = savedAt === undefined ? 0 : now.evenMs - savedAt.evenMs - elapsedMs(savedAt, now);
  const past = (time: number) => Math.min(time + shiftMs, now.evenMs);
  const absences = snapshot.view.absences.map((each) => ({
    ...each,
    since: past(each.since),
    heldUntil: Math.min(each.heldUntil + shiftMs, now.evenMs + holdMs),
  }));
  const empty = snapshot.empty.map((each) => ({ ...each, emptySince: past(each.emptySince) }));
  return { ...snapshot, view: { ...snapshot.view, absences }, empty };
}

function elapsedMs(before: Moment, now: Moment): number {
  const isSameBoot = before.bootId !== "" && before.bootId === now.bootId;
  return isSameBoot ? Math.max(0, now.uptimeMs - before.uptimeMs) : 0;
}
