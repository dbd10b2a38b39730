import assert from "node:assert/strict";
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { composeLabels, eventually, proxyLabels } from "../../../../test/lab/index.ts";
import { createCertificates } from "../../../registry/test/real/secured.ts";
import { useNode } from "./use-node.ts";

const soon = { within: 20_000 };

describe("an engine that goes away", () => {
  const { node, seen } = useNode({ registrars: false });

  const run = (service: string, options: readonly string[] = []) => {
    return node().runContainer({ labels: { ...composeLabels("engine", service), ...proxyLabels("6379") }, options });
  };
  let certificates: string;
  /** Makes the certificates of an engine and of its clients; answers dockerd's options. */
  const listenWithTls = async () => {
    const { dir, file } = await createCertificates();
    certificates = dir;
    await copyFile(file("ca.crt"), join(dir, "ca.pem"));
    await copyFile(file("client.crt"), join(dir, "cert.pem"));
    await copyFile(file("client.key"), join(dir, "key.pem"));
    const files = [
      `--tlscacert=${file("ca.crt")}`,
      `--tlscert=${file("server.crt")}`,
      `--tlskey=${file("server.key")}`,
    ];
    return ["--host=tcp://127.0.0.1:2376", "--tlsverify", ...files];
  };
  after(() => rm(certificates, { recursive: true }));
  const timesLogged = async (message: string) => (await node().registrar.log()).split(`"msg":"${message}"`).length - 1;
  const notReady = async (reason: RegExp) => {
    const { status, body } = await node().registrar.admin("/readyz");
    assert.equal(status, 503);
    assert.match(body, reason);
  };

  it("is waited for at start, with one line and one at its return", async () => {
    await node().engine.stop();
    await node().registrar.start();
    await eventually(async () => assert.equal(await timesLogged("Docker engine does not answer"), 1), soon);
    await notReady(/the Docker engine has not answered yet/);
    await node().engine.start(await listenWithTls());
    await eventually(async () => assert.equal((await node().registrar.admin("/readyz")).status, 200), soon);
    assert.equal(await timesLogged("Docker engine does not answer"), 1);
    assert.equal(await timesLogged("Docker engine answers again"), 1);
  });

  it("is followed over TLS, by DOCKER_TLS_VERIFY and DOCKER_CERT_PATH", async () => {
    const withTls = { DOCKER_HOST: "tcp://127.0.0.1:2376", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: certificates };
    await node().registrar.stop();
    await node().registrar.start(withTls);
    await eventually(async () => assert.equal((await node().registrar.admin("/readyz")).status, 200), soon);
    await run("over-tls");
    await eventually(() => assert.equal(seen().stateOf("over-tls"), "ready"), soon);
    await node().registrar.stop();
    await node().registrar.start({ DOCKER_TLS_VERIFY: "", DOCKER_CERT_PATH: "" });
    await eventually(
      async () => assert.match(await node().registrar.log(), /it wants TLS: set DOCKER_TLS_VERIFY=1/),
      soon,
    );
    await node().registrar.stop();
    await node().registrar.start({ DOCKER_HOST: node().dockerHost });
    await eventually(async () => assert.equal((await node().registrar.admin("/readyz")).status, 200), soon);
  });

  it("keeps its records while it is away, and they are exact afterwards", async () => {
    await run("vanishes");
    await run("returns", ["--restart", "always"]);
    for (const service of ["vanishes", "returns"]) {
      await eventually(() => assert.equal(seen().stateOf(service), "ready"), soon);
    }
    const before = await timesLogged("Docker engine does not answer");
    const answered = await timesLogged("Docker engine answers again");
    seen().forget();
    await node().run("sh", "-c", "kill -9 $(cat /run/docker-n1/exec/dockerd.pid)");
    await eventually(() => notReady(/the Docker engine does not answer/), soon);
    assert.equal(seen().deletes(), 0, "nothing is deleted while nobody knows");
    assert.equal((await seen().endpoints("vanishes")).length, 1);
    await node().engine.start();
    await eventually(async () => assert.equal((await node().registrar.admin("/readyz")).status, 200), soon);
    await eventually(() => assert.equal(seen().stateOf("vanishes"), "gone"), soon);
    await eventually(async () => assert.equal((await seen().endpoints("returns"))[0]?.state, "ready"), soon);
    assert.equal(await timesLogged("Docker engine does not answer"), before + 1);
    assert.equal(await timesLogged("Docker engine answers again"), answered + 1);
    await run("afterwards");
    await eventually(() => assert.equal(seen().stateOf("afterwards"), "ready"), soon);
  });

  it("withdraws its containers when it is stopped in order", async () => {
    seen().forget();
    await node().engine.stop();
    await eventually(() => assert.equal(seen().stateOf("afterwards"), "gone"), soon);
    assert.deepEqual(seen().statesOf("afterwards"), ["draining", "gone"]);
    await node().engine.start();
  });
});
