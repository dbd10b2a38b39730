import { readFileSync } from "node:fs";

/**
 * Starts counting milliseconds; the answer tells how many have passed. Time in which something on this machine waited for a
 * processor does not count, up to the limit that they are held against, as in `eventually`.
 */
export function startStopwatch(limitMs: number): () => number {
  const [begun, stalledBefore] = [performance.now(), stalledMs()];
  return () => performance.now() - begun - Math.min(limitMs, stalledMs() - stalledBefore);
}

/** For how long, since boot, something on this machine was ready to run and waited for a processor; 0 where the kernel does not say. */
export function stalledMs(): number {
  try {
    const [, microseconds = "0"] = /^some .*total=(\d+)/m.exec(readFileSync("/proc/pressure/cpu", "utf8")) ?? [];
    return Number(microseconds) / 1000;
  } catch {
    return 0;
  }
}
