import { readFileSync } from "node:fs";

/** For how long, since boot, something on this machine was ready to run and waited for a processor; 0 where the kernel does not say. */
export function stalledMs(): number {
  try {
    const [, microseconds = "0"] = /^some .*total=(\d+)/m.exec(readFileSync("/proc/pressure/cpu", "utf8")) ?? [];
    return Number(microseconds) / 1000;
  } catch {
    return 0;
  }
}
