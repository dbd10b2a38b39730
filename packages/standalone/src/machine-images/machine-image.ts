import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, realpath, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { run } from "../processes/run.ts";

/** What an image holds. */
export type MachineImageFacts = {
  /** Programs of this machine, by name. */
  readonly programs: readonly string[];
  /** Paths of files that those load by themselves, such as plug-ins. */
  readonly plugins?: readonly string[];
  /** Shell scripts by name; they come before a program of the same name. */
  readonly scripts?: Readonly<Record<string, string>>;
};

/**
 * A container image made of this machine's own programs and the libraries that they load: what can be had
 * where no image registry can be reached. Answers the path of a tar for `docker import`, made once and then
 * found again by a hash of its inputs.
 */
export async function machineImage(facts: MachineImageFacts, directory: string): Promise<string> {
  const { programs, plugins = [], scripts = {} } = facts;
  const paths = await Promise.all(programs.map(pathOf));
  const needed = (await Promise.all([...paths, ...plugins].map(librariesOf))).flat();
  const libraries = new Set([...plugins, ...needed]);
  const tar = join(directory, `${await hashOf([...paths, ...libraries], scripts)}.tar`);
  if (await exists(tar)) return tar;
  await mkdir(directory, { recursive: true });
  const work = await mkdtemp(join(directory, "making-"));
  try {
    await fill(join(work, "root"), paths, [...libraries]);
    await writeScripts(join(work, "root/usr/local/bin"), scripts);
    await pack(join(work, "root"), join(work, "image.tar"));
    await rename(join(work, "image.tar"), tar);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return tar;
}

async function pathOf(program: string): Promise<string> {
  return run(["sh", "-c", 'command -v "$1"', "sh", program]).catch(() => {
    throw new Error(`${program} is not installed on this machine; an image cannot be made without it`);
  });
}

/** Lines of ldd: `libc.so.6 => /lib/… (0x…)` and `/lib64/ld-linux… (0x…)`; a static program has none. */
async function librariesOf(path: string): Promise<readonly string[]> {
  const lines = await run(["ldd", path]).catch(() => "");
  return lines.match(/\/\S+/g) ?? [];
}

async function fill(root: string, programs: readonly string[], libraries: readonly string[]): Promise<void> {
  for (const each of ["bin", "sbin", "lib", "lib64"]) {
    await mkdir(join(root, "usr", each), { recursive: true });
    await symlink(`usr/${each}`, join(root, each));
  }
  for (const each of ["etc", "tmp", "data", "run"]) await mkdir(join(root, each));
  for (const path of programs) await copy(path, join(root, "usr/bin", basename(path)));
  for (const path of libraries) await copy(path, join(root, path));
}

async function writeScripts(directory: string, scripts: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, text] of Object.entries(scripts)) await writeFile(join(directory, name), text, { mode: 0o755 });
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { dereference: true });
}

async function pack(root: string, tar: string): Promise<void> {
  const reproducible = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  await run(["tar", ...reproducible, "-C", root, "-cf", tar, "."]);
}

async function hashOf(paths: readonly string[], scripts: Readonly<Record<string, string>>): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(scripts));
  for (const path of paths.toSorted()) {
    const { size, mtimeMs } = await stat(await realpath(path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
