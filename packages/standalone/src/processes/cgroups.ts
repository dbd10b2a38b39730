import { readdirSync, rmdirSync } from "node:fs";
import type { Dirent } from "node:fs";
import { join } from "node:path";

const root = "/sys/fs/cgroup";

/**
 * Removes empty cgroups of a name at the top of every hierarchy (version 1 has several, version 2 one), and
 * what is empty below them. One that still holds a process is left alone by the kernel.
 */
export function removeCgroups(name: string): void {
  for (const top of [root, ...directoriesIn(root)]) removeTree(join(top, name));
}

/** Names of cgroups at the top of any hierarchy that start with a prefix. */
export function cgroupsNamed(prefix: string): readonly string[] {
  const paths = [root, ...directoriesIn(root)].flatMap(directoriesIn);
  const names = paths.map((path) => path.slice(path.lastIndexOf("/") + 1));
  return [...new Set(names)].filter((name) => name.startsWith(prefix));
}

function removeTree(path: string): void {
  for (const each of directoriesIn(path)) removeTree(each);
  try {
    rmdirSync(path);
  } catch {
    // Not there, or in use: either way none of ours to remove.
  }
}

function directoriesIn(path: string): readonly string[] {
  return entriesOf(path).flatMap((entry) => (entry.isDirectory() ? [join(path, entry.name)] : []));
}

function entriesOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}
