/** What `show info` tells of a worker. */
export type WorkerInfo = {
  readonly pid: number;
  readonly version: string;
  /** The `description` that its configuration gave it; empty: none. */
  readonly description: string;
  readonly isStopping: boolean;
  /** Most connections it takes, and most file descriptors. */
  readonly maxconn: number;
  readonly maxFiles: number;
};

/** Reads the answer to `show info`. Throws when it names no process. */
export function parseShowInfo(answer: string): WorkerInfo {
  const fields = new Map(answer.split("\n").map(splitAtColon));
  const pid = Number(fields.get("Pid"));
  if (!Number.isInteger(pid) || pid <= 0) throw new Error(`not an answer to show info: ${answer.slice(0, 80)}`);
  return {
    pid,
    version: fields.get("Version") ?? "",
    description: fields.get("description") ?? "",
    isStopping: fields.get("Stopping") === "1",
    maxconn: Number(fields.get("Maxconn") ?? 0),
    maxFiles: Number(fields.get("Ulimit-n") ?? 0),
  };
}

function splitAtColon(line: string): readonly [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
