import assert from "node:assert/strict";
import { eventually, proxyLabels, useLab } from "./lab/index.ts";
import { start, started } from "./npm-start.ts";

describe("npm start on a machine with an engine, in a cluster", function () {
  this.timeout(120_000);

  const lab = useLab({ registrars: false, agents: false });

  it("uses both, proxies what runs there, and takes out only what it brought, also after it was killed", async () => {
    const machine = lab().node(1);
    const { etcd } = lab();
    const env = { DOCKER_HOST: machine.dockerHost, ETCD_ENDPOINTS: etcd.endpoints, NODE_NAME: "here" };
    const theirs = await machine.runContainer({ name: "theirs", labels: proxyLabels("7000:6379") });
    const containers = async () =>
      (await machine.docker("ps", "--all", "--format", "{{.Names}}")).split("\n").toSorted();
    const demo = ["fairway-6379-redis-master", "fairway-6379-redis-slave"];

    const killed = await started(machine, env);
    assert.match(killed.printed(), /using etcd at .*\n(.*\n)*using the Docker engine at unix:/);
    assert.deepEqual(await containers(), [...demo, "theirs"]);
    await eventually(async () => assert.equal(await machine.run("redis-cli", "-p", "7000", "ping"), "PONG"), {
      within: 10_000,
    });
    killed.child.signal("SIGKILL");
    await killed.child.ended;

    const { child } = await started(machine, env);
    assert.deepEqual(await containers(), [...demo, "theirs"]);
    assert.match(await machine.run("pgrep", "haproxy"), /\d/);
    const keys = async () => (await etcd.keys("/fairway/v1/")).map(({ key }) => key.split("/")[3]);
    assert.equal((await keys()).includes("endpoints"), true);
    assert.deepEqual(await child.stop(60_000), { code: 0, signal: null });
    assert.deepEqual(await containers(), ["theirs"]);
    await assert.rejects(machine.run("pgrep", "haproxy"));
    assert.equal(await theirs.exec("redis-cli", "ping"), "PONG");
    assert.deepEqual(new Set(await keys()), new Set(["claims"]));
  });

  it("says what to do when the engine does not answer", async () => {
    const { child, printed } = start(lab().node(1), { DOCKER_HOST: "unix:///nowhere.sock" });
    assert.equal((await child.ended).code, 1);
    assert.match(printed(), /DOCKER_HOST="unix:\/\/\/nowhere.sock" does not answer: .+/);
  });
});
