import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withAdvice } from "../../src/docker/client.ts";
import { DockerEngine } from "../../src/docker/engine.ts";

/** Does something as somebody who is not root and passes over no file's mode. */
async function asNobody(act: () => Promise<void>): Promise<void> {
  const user = process.geteuid?.() ?? 0;
  if (user === 0) process.seteuid?.(65_534);
  try {
    await act();
  } finally {
    process.seteuid?.(user);
  }
}

describe("Docker's socket", () => {
  it("that really refuses this program says so in the same words", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fairway-socket-"));
    const socket = join(directory, "docker.sock");
    const server = createServer().listen(socket);
    await once(server, "listening");
    await chmod(socket, 0o000);
    const engine = new DockerEngine({ kind: "unix", path: socket }, new AbortController().signal);
    const words = /^Error: connect EACCES \S+docker\.sock: .*socket's group; .*SELinux .*label=disable$/;
    await asNobody(() => assert.rejects(engine.info(), words));
    server.close();
    await rm(directory, { recursive: true });
  });

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
