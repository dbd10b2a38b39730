import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { putBack, writeAtomically } from "../../src/files/atomic-write.ts";
import { takeLock } from "../../src/files/lock.ts";
import { readSnapshot, writeSnapshot } from "../../src/files/snapshot-file.ts";
import { prepareStateDir, statePaths } from "../../src/files/state-dir.ts";

const never = new AbortController().signal;

describe("the state directory", () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), "fairway-state-"))));
  afterEach(() => rm(directory, { recursive: true, force: true }));
  const at = (name: string) => join(directory, name);

  it("keeps the previous content and puts it back", async () => {
    await writeAtomically(at("f"), "one", at("f.previous"));
    await writeAtomically(at("f"), "two", at("f.previous"));
    assert.equal(await readFile(at("f.previous"), "utf8"), "one");
    await putBack(at("f"), at("f.previous"));
    assert.equal(await readFile(at("f"), "utf8"), "one");
    await putBack(at("f"), at("f.previous"));
    await assert.rejects(readFile(at("f")), /ENOENT/);
  });

  it("leaves a file as it was when it cannot be written", async () => {
    await assert.rejects(writeAtomically(at("no/such/f"), "one"), /ENOENT/);
  });

  it("gives a snapshot back, and takes what it cannot read for none", async () => {
    assert.deepEqual(await readSnapshot(at("s")), { is: "none" });
    await writeSnapshot(at("s"), { seen: [1, "a"] });
    assert.deepEqual(await readSnapshot(at("s")), { is: "read", memory: { seen: [1, "a"] } });
    for (const text of ["", "{", "[]", '{"v":2,"savedAt":"","memory":1}', "\u0000"]) {
      await writeFile(at("s"), text);
      assert.equal((await readSnapshot(at("s"))).is, "unreadable", text);
    }
  });

  it("is locked by one at a time", async () => {
    const first = await takeLock(at("lock"), never);
    assert.ok(first);
    assert.equal(await takeLock(at("lock"), never), undefined);
    const waiting = takeLock(at("lock"), never);
    await first.release();
    const second = await waiting;
    assert.ok(second, "freed while the next one waits");
    await second.release();
  });

  it("is waited for no longer once the signal aborts", async () => {
    const first = await takeLock(at("lock"), never);
    const stop = new AbortController();
    const waiting = takeLock(at("lock"), stop.signal);
    stop.abort(new Error("told to stop"));
    await assert.rejects(waiting, /^Error: told to stop$/);
    await first?.release();
  });

  it("refuses a path that the sockets in it would not fit", async () => {
    const reason = await prepareStateDir(statePaths(`/tmp/${"x".repeat(100)}`));
    assert.match(reason ?? "", /too long for the sockets in it/);
  });

  it("says in one line why it cannot be made", async () => {
    await writeFile(at("file"), "");
    assert.match((await prepareStateDir(statePaths(at("file/state")))) ?? "", /^STATE_DIR="[^"]+": ENOTDIR/);
  });
});
