/** What `show proc` tells of a master. */
export type Processes = {
  readonly masterPid: number;
  /** The master's count of reloads, and how many of the last ones failed in a row. */
  readonly reloads: number;
  readonly failedReloads: number;
  /** Pids. Old ones finish the connections that they have. */
  readonly workers: readonly number[];
  /** Oldest first. */
  readonly oldWorkers: readonly number[];
};

/** Reads the answer to `show proc` on the master's socket. Throws when it names no master. */
export function parseShowProc(answer: string): Processes {
  const lines = answer.split("\n").map((line) => line.trim());
  const old = lines.indexOf("# old workers");
  const master = lines.map((line) => /^(\d+)\s+master\s+(\d+)(?: \[failed: (\d+)\])?/.exec(line)).find(Boolean);
  if (!master) throw new Error(`not an answer to show proc: ${answer.slice(0, 80)}`);
  return {
    masterPid: Number(master[1]),
    reloads: Number(master[2]),
    failedReloads: Number(master[3] ?? 0),
    workers: workersIn(old < 0 ? lines : lines.slice(0, old)).map(({ pid }) => pid),
    oldWorkers: (old < 0 ? [] : workersIn(lines.slice(old)))
      .sort((a, b) => b.reloads - a.reloads || a.pid - b.pid)
      .map(({ pid }) => pid),
  };
}

function workersIn(lines: readonly string[]): { readonly pid: number; readonly reloads: number }[] {
  return lines.flatMap((line) => {
    const found = /^(\d+)\s+worker\s+(\d+)/.exec(line);
    return found ? [{ pid: Number(found[1]), reloads: Number(found[2]) }] : [];
  });
}
