import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withAdvice } from "../../src/docker/client.ts";
import { DockerEngine } from "../../src/docker/engine.ts";

describe("Docker's socket", () => {
  it("that refuses this program says what would let it in, SELinux too", () => {
    const refused = Object.assign(new Error("connect EACCES /var/run/docker.sock"), { code: "EACCES" });
    const expected = /^connect EACCES \/var\/run\/docker\.sock: .*socket's group; .*SELinux .*label=disable$/;
    assert.match((withAdvice(refused) as Error).message, expected);
  });

  it("that wants TLS says what to set", () => {
    const refused = new Error("(HTTP code 400) unexpected - Client sent an HTTP request to an HTTPS server.");
    assert.equal((withAdvice(refused) as Error).message, "it wants TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH");
  });

  it("that is not there says no more than that", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fairway-socket-"));
    const engine = new DockerEngine({ kind: "unix", path: join(directory, "none.sock") }, new AbortController().signal);
    await assert.rejects(engine.info(), /^Error: connect ENOENT \S+none\.sock$/);
    await rm(directory, { recursive: true });
  });
});
