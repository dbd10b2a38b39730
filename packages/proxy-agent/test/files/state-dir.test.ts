import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { geteuid } from "node:process";
import { promisify } from "node:util";
import { writeAnew, writeAtomically } from "../../src/files/atomic-write.ts";
import { prepareStateDir, statePaths } from "../../src/files/state-dir.ts";

const stranger = 1000;
const run = promisify(execFile);

describe("a STATE_DIR", () => {
  let above: string;
  let directory: string;

  beforeEach(async () => {
    assert.equal(geteuid?.(), 0, "this changes users, for which it has to be root");
    above = await mkdtemp(join(tmpdir(), "fairway-owner-"));
    await chmod(above, 0o755);
    directory = join(above, "state");
  });
  afterEach(() => rm(above, { recursive: true, force: true }));

  const prepare = () => prepareStateDir(statePaths(directory));

  /** As a user without rights would do it. */
  const asStranger = (...command: readonly string[]) =>
    run("setpriv", [`--reuid=${stranger}`, `--regid=${stranger}`, "--clear-groups", ...command]);

  it("of another owner is refused with what to do, and stays his", async () => {
    await mkdir(directory, { mode: 0o755 });
    await chown(directory, stranger, stranger);
    const refusal = `STATE_DIR="${directory}": belongs to uid 1000, and this program runs as uid 0: `;
    assert.equal(await prepare(), `${refusal}name another directory, or chown 0 ${directory}`);
    const { uid, mode } = await stat(directory);
    assert.deepEqual([uid, mode & 0o777], [stranger, 0o755]);
  });

  for (const name of ["haproxy.cfg.candidate", "haproxy.cfg", "snapshot.json", "agent.lock"]) {
    it(`in which another user laid a link as ${name} is refused, and the link's target is as it was`, async () => {
      const target = join(above, "target");
      await writeFile(target, "precious");
      await mkdir(directory);
      await chmod(directory, 0o777);
      await asStranger("ln", "-s", target, join(directory, name));
      assert.match(
        (await prepare()) ?? "",
        new RegExp(`: holds a symbolic link, ${name}, which is not followed: remove it$`),
      );
      assert.equal(await readFile(target, "utf8"), "precious");
    });
  }

  it("with another user's haproxy.cfg is refused", async () => {
    await mkdir(directory);
    await chmod(directory, 0o777);
    await asStranger("touch", join(directory, "haproxy.cfg"));
    assert.match((await prepare()) ?? "", /: holds haproxy\.cfg, which belongs to uid 1000: remove it/);
  });

  it("of ours is closed to everybody else: what HAProxy reads cannot be replaced", async () => {
    await mkdir(directory);
    await chmod(directory, 0o777);
    assert.equal(await prepare(), undefined);
    const { config } = statePaths(directory);
    await writeAtomically(config, "ours");
    await assert.rejects(asStranger("mv", join(above, "x"), config), /Permission denied|cannot stat/);
    await assert.rejects(asStranger("sh", "-c", `echo theirs > ${config}`), /Permission denied/);
    assert.equal(await readFile(config, "utf8"), "ours");
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
  });

  it("has files written that follow no link, whoever laid it", async () => {
    await mkdir(directory);
    const target = join(above, "target");
    await writeFile(target, "precious");
    for (const name of ["haproxy.cfg.candidate", "snapshot.json.new"]) await symlink(target, join(directory, name));
    await writeAnew(join(directory, "haproxy.cfg.candidate"), "ours");
    await writeAtomically(join(directory, "snapshot.json"), "ours");
    assert.equal(await readFile(target, "utf8"), "precious");
    assert.equal(await readFile(join(directory, "haproxy.cfg.candidate"), "utf8"), "ours");
  });
});
