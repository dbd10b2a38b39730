import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cgroupsNamed, identityOf, isAlive, removeCgroups } from "@fairway/standalone";

const prefix = "fairway-lab-";

let made = 0;

/** Where a new lab lives. The name tells the process that it belongs to, so leftovers can be told. */
export function labDirectory(): { readonly name: string; readonly directory: string } {
  made += 1;
  const name = `${prefix}${process.pid}.${identityOf(process.pid)?.startTime ?? ""}.${made}`;
  return { name, directory: join(tmpdir(), name) };
}

/** Removes what labs of killed test processes left: files and empty cgroups, as the kernel has ended all else. */
export function sweep(): void {
  const names = [...readdirSync(tmpdir()), ...cgroupsNamed(prefix)].filter((name) => name.startsWith(prefix));
  for (const name of names.filter(isLeftover)) {
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
    removeCgroups(name);
  }
}

function isLeftover(name: string): boolean {
  const [pid = "", startTime = ""] = name.slice(prefix.length).split(".");
  return !isAlive({ pid: Number(pid), startTime });
}
