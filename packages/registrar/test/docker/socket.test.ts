import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DockerEngine, withAdvice } from "../../src/docker/engine.ts";

describe("Docker's socket", () => {
  it("that refuses this program says what would let it in, SELinux too", () => {
    const refused = Object.assign(new Error("connect EACCES /var/run/docker.sock"), { code: "EACCES" });
    const expected = /^connect EACCES \/var\/run\/docker\.sock: .*socket's group; .*SELinux .*label=disable$/;
    assert.match((withAdvice(refused) as Error).message, expected);
  });

  it("that is not there says no more than that", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fairway-socket-"));
    const engine = new DockerEngine({ kind: "unix", path: join(directory, "none.sock") }, new AbortController().signal);
    await assert.rejects(engine.info(), /^Error: connect ENOENT \S+none\.sock$/);
    await rm(directory, { recursive: true });
  });
});
