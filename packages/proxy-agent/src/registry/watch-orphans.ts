import { reasonOf } from "@fairway/contract";
import type { Log } from "@fairway/program";
import type { Listener } from "@fairway/haproxy";
import { failingOrphans, type ServerHealth } from "./orphan-health.ts";
import type { Touched } from "./endpoint-index.ts";
import type { View } from "./view.ts";

/** What {@link watchOrphans} is told. */
export type OrphanWatch = {
  readonly view: View;
  /** The listeners as they were last applied. */
  readonly listeners: () => readonly Listener[];
  /** HAProxy's word on every server. Rejects when it does not answer. */
  readonly health: () => Promise<readonly ServerHealth[]>;
  readonly onTouched: (touched: Touched) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
};

const everyMs = 1000;

/** Asks HAProxy about the health of orphans while there are any, and lets go of those whose check fails. */
export function watchOrphans({ view, listeners, health, onTouched, log, signal }: OrphanWatch): void {
  let isAsking = false;

  const look = async (): Promise<void> => {
    const orphans = [...view.absences.values()].filter(({ state }) => state === "orphaned").map(({ key }) => key);
    if (orphans.length === 0) return;
    const failing = failingOrphans(new Set(orphans), listeners(), await health());
    if (failing.length > 0) log.info({ endpoints: failing }, "orphans left, their check fails");
    onTouched(view.checkFailed(failing));
  };

  const timer = setInterval(() => {
    if (isAsking) return;
    isAsking = true;
    look()
      .catch((error: unknown) => log.debug({ reason: reasonOf(error) }, "haproxy does not tell the health of orphans"))
      .finally(() => (isAsking = false));
  }, everyMs).unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
