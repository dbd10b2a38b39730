import { readFileSync } from "node:fs";

/**
 * The id of the Docker container whose network this program is in, 64 hex digits; undefined: it runs in none. Docker
 * gives each container the files that name its network from a directory called after it, whatever its own name, network
 * and control groups are.
 */
export function ownContainer(): string | undefined {
  try {
    return containerIn(readFileSync("/proc/self/mountinfo", "utf8"));
  } catch {
    return undefined;
  }
}

/** The container of the mounts that the kernel tells: of a line, the fourth word says what is mounted, the fifth where. */
export function containerIn(mountinfo: string): string | undefined {
  return /^(?:\S+ ){3}\S*\/([0-9a-f]{64})\/(?:hostname|hosts|resolv\.conf) \/etc\/(?:hostname|hosts|resolv\.conf) /m.exec(
    mountinfo,
  )?.[1];
}
