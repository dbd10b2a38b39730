import { readdirSync, readFileSync } from "node:fs";

/** Of the kernel's states of a connection those in which something may still be on its way, as its tables write them. */
const openStates: ReadonlySet<string> = new Set(["01", "03", "04", "08", "09", "0B"]);

const listening = "0A";

/** A container and its first process, as its engine numbers that; 0: it does not run. */
type ContainerProcess = { readonly id: string; readonly pid: number };

/**
 * A process of a container, as this machine numbers it: the engine may number otherwise, as in a namespace of its own.
 * Undefined where none can be seen: on another machine, or from within another container.
 */
export function processHere({ id, pid }: ContainerProcess): number | undefined {
  if (pid === 0 || isOf(pid, id)) return pid;
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
    .find((each) => isOf(each, id));
}

/** A number of another namespace may be that of any process: Docker names the container in its control group. */
function isOf(pid: number, id: string): boolean {
  return readText(`/proc/${pid}/cgroup`)?.includes(id) === true;
}

/**
 * How many connections a container has accepted, or is about to, in whatever worker of whatever proxy, by the kernel's tables of its
 * network. `pid`: as {@link processHere} says. Undefined where it is none of the container's any more.
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
