import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Hierarchies of control groups, of which the first that there is will do to know a process's descendants. */
const hierarchies = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/pids"];
const killWithinMs = 5000;

/**
 * Where commands run that are to leave nothing: whatever descends from them is killed when the enclosure ends, also
 * what has left their process group or outlived them, and their temporary files are removed. Where this machine lets
 * us make no control group, only the files are.
 * @param {"test" | "bench"} kind what is run, by `setup/<kind>.mjs`
 */
export function enclosure(kind) {
  for (const name of leftovers(kind)) clear(name);
  const name = `fairway-${kind}-${process.pid}`;
  const files = join(tmpdir(), name);
  mkdirSync(files);
  const group = makeGroup(name);
  process.once("exit", () => clear(name));
  const enter = group === undefined ? [] : ["sh", "-c", 'echo $$ >"$0" && exec "$@"', join(group, "cgroup.procs")];
  return {
    /** @param {readonly string[]} command */
    command: (command) => [...enter, "setpriv", "--pdeathsig", "KILL", ...command],
    env: { TMPDIR: files },
  };
}

/** @param {string} name */
function makeGroup(name) {
  const hierarchy = hierarchies.find((path) => existsSync(join(path, "cgroup.procs")));
  if (hierarchy === undefined) return undefined;
  try {
    mkdirSync(join(hierarchy, name));
    return join(hierarchy, name);
  } catch {
    return undefined;
  }
}

/**
 * Names of enclosures whose process was killed.
 * @param {string} kind
 */
function leftovers(kind) {
  const prefix = `fairway-${kind}-`;
  const places = [tmpdir(), ...hierarchies].flatMap((path) => (existsSync(path) ? readdirSync(path) : []));
  return [...new Set(places)].filter((name) => name.startsWith(prefix) && !isRunning(name.slice(prefix.length), kind));
}

/**
 * @param {string} pid
 * @param {string} kind
 */
function isRunning(pid, kind) {
  return readOrEmpty(`/proc/${pid}/cmdline`).includes(`${kind}.mjs`);
}

/** @param {string} name */
function clear(name) {
  for (const group of hierarchies.map((path) => join(path, name)).filter((path) => existsSync(path))) killAll(group);
  rmSync(join(tmpdir(), name), { recursive: true, force: true });
}

/**
 * In one go, as this also runs while our own process ends.
 * @param {string} group
 */
function killAll(group) {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (const end = Date.now() + killWithinMs; Date.now() < end; Atomics.wait(clock, 0, 0, 10)) {
    const pids = readOrEmpty(join(group, "cgroup.procs")).split("\n").filter(Boolean).map(Number);
    if (pids.length === 0) break;
    for (const pid of pids) kill(pid);
  }
  try {
    rmdirSync(group);
  } catch {
    // Something in it cannot be killed yet; the next run tries again.
  }
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** @param {string} path */
function readOrEmpty(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
