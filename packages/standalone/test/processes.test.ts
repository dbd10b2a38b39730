import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identityOf, innermost, isAlive, startChild, until, whenReady } from "@fairway/standalone";

describe("a child process", () => {
  let directory: string;
  let logFile: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "fairway-child-"));
    logFile = join(directory, "log");
  });

  afterEach(() => rm(directory, { recursive: true }));

  const shell = (script: string) => startChild({ name: "shell", command: ["sh", "-c", script], logFile });
  const hasWritten = async (word: string) => (await readFile(logFile, "utf8")).includes(word);

  it("is asked to end, and killed when it does not", async () => {
    const polite = shell("trap 'exit 3' TERM; echo up; while :; do sleep 0.01; done");
    await whenReady(polite, () => hasWritten("up"), { withinMs: 5000 });
    assert.deepEqual(await polite.stop(), { code: 3, signal: null });
    const stubborn = shell("trap '' TERM; echo deaf; while :; do sleep 0.01; done");
    await whenReady(stubborn, () => hasWritten("deaf"), { withinMs: 5000 });
    assert.deepEqual(await stubborn.stop(50), { code: null, signal: "SIGKILL" });
    assert.equal(stubborn.signal("SIGTERM"), false);
  });

  it("tells the end of its log when it ends before it is ready", async () => {
    const child = shell("echo no such thing >&2; exit 4");
    await assert.rejects(
      whenReady(child, () => false, { withinMs: 5000 }),
      /shell ended at once \(exit code 4\)[^]*no such thing/,
    );
  });

  it("is stopped when it is not ready in time", async () => {
    const child = shell("sleep 60");
    await assert.rejects(
      whenReady(child, () => false, { withinMs: 100 }),
      /shell is not ready after 0.1 s/,
    );
    assert.equal(child.hasEnded(), true);
  });

  it("ends with the process that started it", async () => {
    const script = `
      import { startChild } from "@fairway/standalone";
      const child = startChild({ name: "sleep", command: ["sleep", "60"], logFile: ${JSON.stringify(logFile)} });
      console.log(child.pid);
      setInterval(() => {}, 1000);
    `;
    const file = join(directory, "parent.log");
    const here = new URL("..", import.meta.url).pathname;
    const node = [process.execPath, "--conditions=source", "--import", "tsx", "--input-type=module", "--eval", script];
    const parent = startChild({ name: "parent", command: node, logFile: file, cwd: here });
    const pid = async () => Number((await readFile(file, "utf8")).trim());
    await whenReady(parent, async () => (await pid()) > 0, { withinMs: 10_000 });
    const child = identityOf(await pid()) ?? assert.fail("the child does not run");
    parent.signal("SIGKILL");
    await until(() => !isAlive(child), { what: "the child ends", withinMs: 5000 });
  });

  it("is found behind the programs that only set its scene", async () => {
    const child = startChild({ name: "sleep", command: ["env", "-i", "sleep", "60"], logFile });
    await until(() => innermost(child.pid) === child.pid, { what: "env has become sleep", withinMs: 5000 });
    await child.stop();
    assert.equal(innermost(child.pid), undefined);
  });
});
