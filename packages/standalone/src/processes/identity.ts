import { readFileSync } from "node:fs";

/** A process told from every other one that ever had its pid: by its start time, in clock ticks since boot. */
export type ProcessIdentity = { readonly pid: number; readonly startTime: string };

/** The identity of a living process; undefined when there is none of this pid. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  // The second field is the name in parentheses, which may hold anything; the state follows it, start time is the 22nd.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const startTime = fields?.[19];
  return startTime === undefined || fields?.[0] === "Z" ? undefined : { pid, startTime };
}

/** True while exactly this process lives. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return identityOf(pid)?.startTime === startTime;
}

function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
}
