import { readdirSync, readFileSync } from "node:fs";

/** Of the kernel's states of a connection those in which something may still be on its way, as its tables write them. */
const openStates: ReadonlySet<string> = new Set(["01", "03", "04", "08", "09", "0B"]);

const listening = "0A";

/** A container and its first process, as its engine numbers that; 0: it does not run. */
type ContainerProcess = { readonly id: string; readonly pid: number };

/**
 * Counts a container's connections whenever it is called, as {@link openConnections} does, 0 where it does not run: by another
 * of its processes where the one before has ended.
 */
export function connectionCount(container: ContainerProcess): () => number | undefined {
  const { id } = container;
  let pid = processHere(container);
  return () => {
    if (pid === 0 || pid === undefined) return pid;
    const open = openConnections({ id, pid });
    if (open !== undefined) return open;
    pid = processHere(container);
    return pid === undefined ? undefined : openConnections({ id, pid });
  };
}

/**
 * A process of a container, the first where that is seen, as this machine numbers it: the engine may number otherwise, as in a namespace of its own.
 * Undefined where none can be seen: on another machine, or from within another container.
 */
function processHere({ id, pid }: ContainerProcess): number | undefined {
  if (pid === 0 || isOf(pid, id)) return pid;
  const all = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name));
  const own = all.map(Number).filter((each) => isOf(each, id));
  return own.find((each) => isFirst(readText(`/proc/${each}/status`) ?? "")) ?? own[0];
}

/** A number of another namespace may be that of any process: Docker names the container in its control group. */
function isOf(pid: number, id: string): boolean {
  return isGroupOf(readText(`/proc/${pid}/cgroup`) ?? "", id);
}

/**
 * Whether a process is a container's own by the kernel's table `cgroup`. Those of a container within it have their own network:
 * theirs names that one last.
 */
export function isGroupOf(table: string, id: string): boolean {
  const groups = table.split("\n").filter((line) => line.includes(id));
  return groups.length > 0 && groups.every((line) => line.match(/[0-9a-f]{64}/g)?.at(-1) === id);
}

/** Whether the kernel's table `status` is that of the first process of its namespace, which lives as long as its container. */
function isFirst(table: string): boolean {
  return /^NSpid:.*\s1$/m.test(table);
}

/**
 * How many connections a container has accepted, or is about to, in whatever worker of whatever proxy, by the kernel's tables of its
 * network. `pid`: on this machine. Undefined where it is none of the container's any more.
 */
export function openConnections({ id, pid }: ContainerProcess): number | undefined {
  if (pid === 0 || !isOf(pid, id)) return undefined;
  const tables = [readText(`/proc/${pid}/net/tcp`), readText(`/proc/${pid}/net/tcp6`)];
  if (tables[0] === undefined) return undefined;
  return countOpen(tables.join("\n"));
}

/**
 * Counts connections to ports that are listened at in the kernel's tables `tcp` and `tcp6`. What a container says to itself,
 * and what it asks of others, does not count.
 */
export function countOpen(tables: string): number {
  const rows = tables.split("\n").map((line) => line.trim().split(/\s+/));
  const ports = new Set(rows.flatMap(([, local = "", , state]) => (state === listening ? [portIn(local)] : [])));
  const open = rows.filter(([, local = "", remote = "", state = ""]) => {
    return openStates.has(state) && ports.has(portIn(local)) && !isLoopback(remote.split(":")[0] ?? "");
  });
  return open.length;
}

function portIn(address: string): string {
  return address.split(":")[1] ?? "";
}

/** 127.0.0.0/8, also within IPv6, and ::1: words of four bytes each, the lowest first. */
function isLoopback(hex: string): boolean {
  return /^(0{16}FFFF0000)?[0-9A-F]{6}7F$/.test(hex) || hex === "00000000000000000000000001000000";
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
