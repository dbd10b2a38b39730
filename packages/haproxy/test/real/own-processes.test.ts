import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { geteuid } from "node:process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { findProcess, isAlive, send, type OsProcess } from "@fairway/haproxy";
import { ownProcesses } from "../../src/process/own-processes.ts";

const nobody = 65534;

describe("a process with the words of our HAProxy", () => {
  let above: string;
  let directory: string;
  const started: ChildProcess[] = [];
  const innermosts: OsProcess[] = [];

  beforeEach(async () => {
    assert.equal(geteuid?.(), 0, "this changes users, for which it has to be root");
    above = await mkdtemp(join(tmpdir(), "fairway-own-"));
    await chmod(above, 0o755);
    directory = join(above, "state");
    await mkdir(directory, { mode: 0o700 });
  });

  afterEach(async () => {
    // Those at the end of a chain outlive what started them.
    for (const each of innermosts.splice(0)) if (isAlive(each)) send(each, "SIGKILL");
    for (const child of started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(above, { recursive: true, force: true });
  });

  const files = () => ({
    configFile: join(directory, "haproxy.cfg"),
    masterSocket: join(directory, "master.sock"),
    pidFile: join(directory, "haproxy.pid"),
  });

  /** Starts it by a command, and answers its own pid once it runs. */
  async function start(...through: readonly string[]): Promise<number> {
    const { configFile, masterSocket } = files();
    const program = 'require("node:fs").writeSync(1, "up"); setInterval(() => undefined, 1e6);';
    const words = ["-e", program, "--", configFile, `${masterSocket},mode,600`];
    const child = spawn("env", [...through, process.execPath, ...words], { stdio: ["ignore", "pipe", "inherit"] });
    started.push(child);
    await once(child.stdout, "data");
    const pid = await innermost(child.pid ?? 0);
    const found = findProcess(pid);
    if (found) innermosts.push(found);
    return pid;
  }

  const pidsSeen = async () => (await ownProcesses(files())).map(({ pid }) => pid);

  /** The same question, asked by an agent of another user. */
  async function pidsSeenBy(uid: number): Promise<readonly number[]> {
    const module = pathToFileURL(join(import.meta.dirname, "../../src/process/own-processes.ts")).href;
    const ask = `import { ownProcesses } from ${JSON.stringify(module)};
      console.log(JSON.stringify((await ownProcesses(${JSON.stringify(files())})).map(({ pid }) => pid)));`;
    const as = [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
    const node = [process.execPath, "--conditions=source", "--import", "tsx", "--input-type=module", "-e", ask];
    const env = { PATH: process.env["PATH"], TMPDIR: "/tmp" };
    const { stdout } = await promisify(execFile)("setpriv", [...as, ...node], { env, cwd: import.meta.dirname });
    return JSON.parse(stdout) as number[];
  }

  it("is ours when it has our user and namespaces", async () => {
    assert.deepEqual(await pidsSeen(), []);
    const pid = await start();
    assert.deepEqual(await pidsSeen(), [pid]);
  });

  it("is ours in another mount namespace that has our STATE_DIR, as after a restart by systemd", async () => {
    const pid = await start("unshare", "--mount");
    assert.deepEqual(await pidsSeen(), [pid]);
  });

  it("is not ours when it has another user, for an agent that is root", async () => {
    await start("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups");
    assert.deepEqual(await pidsSeen(), []);
  });

  it("is not ours when it has another user, for an agent that is not root", async () => {
    await chown(directory, nobody, nobody);
    await start("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups");
    await start();
    const own = await start("setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups");
    assert.deepEqual(await pidsSeenBy(nobody), [own]);
  });

  it("is not ours in another pid namespace, such as a container's", async () => {
    const pid = await start("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");
    // `unshare` itself, which waits for it in our namespaces, has the same words.
    assert.deepEqual(await pidsSeen(), [started.at(-1)?.pid]);
    assert.notEqual(pid, started.at(-1)?.pid);
  });

  it("is not ours in another mount namespace with a STATE_DIR of its own", async () => {
    const hide = `mount -t tmpfs none ${directory} && exec "$@"`;
    await start("unshare", "--mount", "sh", "-c", hide, "sh");
    assert.deepEqual(await pidsSeen(), []);
  });

  it("is ours with another user when our master started it, and not otherwise", async () => {
    const pid = await start(
      "setsid",
      "setpriv",
      "--reuid=1000",
      "--regid=1000",
      "--clear-groups",
      "sh",
      "-c",
      '"$@"',
      "sh",
    );
    await writeFile(files().pidFile, "1\n");
    assert.deepEqual(await pidsSeen(), []);
    const leader = started.at(-1)?.pid ?? 0;
    await writeFile(files().pidFile, `${leader}\n`);
    if (pid !== leader) assert.deepEqual(await pidsSeen(), [pid]);
  });

  it("lives on, and fails nothing, when it may not be signalled", async () => {
    const pid = await start();
    const found = findProcess(pid);
    assert.ok(found);
    const module = pathToFileURL(join(import.meta.dirname, "../../src/process/os-process.ts")).href;
    const signal = `import { send } from ${JSON.stringify(module)}; send(${JSON.stringify(found)}, "SIGKILL");`;
    const as = [`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"];
    const node = [process.execPath, "--conditions=source", "--import", "tsx", "--input-type=module", "-e", signal];
    await promisify(execFile)("setpriv", [...as, ...node], { env: { TMPDIR: "/tmp" }, cwd: import.meta.dirname });
    assert.ok(isAlive(found));
    send(found, "SIGKILL");
  });
});

/** The process at the end of a chain of those that only wait for it. */
async function innermost(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-o", "pid=", "--ppid", String(pid)]).catch(() => ({
    stdout: "",
  }));
  const child = Number(stdout.trim().split("\n")[0]);
  return child > 0 ? innermost(child) : pid;
}
