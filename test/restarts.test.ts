import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import {
  composeLabels,
  eventually,
  holdConnection,
  openLoop,
  pool,
  poolOf,
  proxyLabels,
  useLab,
  watchEtcd,
  watchPool,
} from "./lab/index.ts";
import type { LabContainer, LabNode, LabProgram } from "./lab/index.ts";

const port = 6379;
const within = 15_000;
const root = "/fairway/v1/";

describe("restarts", () => {
  const lab = useLab({ nodes: 2, agents: { DRAIN_TIMEOUT: "1s" } });
  let first: LabContainer;
  let second: LabContainer;

  const serve = (node: LabNode, service: string) =>
    node.runContainer({
      labels: { ...composeLabels("shop", service), ...proxyLabels(`${port}, 99999`) },
      publish: ["6379"],
    });

  const holds = (...containers: readonly LabContainer[]) =>
    eventually(async () => assert.deepEqual(await poolOf(lab().node(1), port), pool(...containers)), { within });

  const isReady = (program: LabProgram) =>
    eventually(async () => assert.deepEqual(await program.admin("/readyz"), { status: 200, body: "ready\n" }), {
      within,
    });

  const keysOf = async (lease: string) => {
    const keys = (await lab().etcd.keys(root)).filter((each) => each.lease === lease);
    return keys.map(({ key }) => key).toSorted();
  };

  const nodeLease = async () => (await lab().etcd.keys(`${root}nodes/n1`))[0]?.lease ?? "";

  /** Every HAProxy process of node 1, by pid and start time. */
  const haproxies = async () => {
    const { run, stateDir } = lab().node(1);
    const pids = (await run("pgrep", "--full", `haproxy .*${stateDir}/`).catch(() => "")).split("\n").filter(Boolean);
    return Promise.all(pids.map((pid) => run("cut", "-d ", "-f1,22", `/proc/${pid}/stat`)));
  };

  before(async () => {
    [first, second] = await Promise.all([serve(lab().node(1), "db"), serve(lab().node(2), "db")]);
    await holds(first, second);
  });

  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it(`a registrar that ends by ${signal} and is started again deletes nothing and puts each key under a new lease`, async () => {
      const { registrar, address } = lab().node(1);
      const before = await nodeLease();
      const keys = await keysOf(before);
      assert.deepEqual(
        keys.map((key) => key.split("/")[3]),
        ["endpoints", "nodes", "rejections"],
      );
      const watch = await watchEtcd(lab().etcd, root);
      const pools = watchPool(lab().node(1), port);
      const load = await openLoop({ host: address, port, perSecond: 50 });

      await registrar.signal(signal);
      await registrar.start();
      await isReady(registrar);
      const after = await nodeLease();
      // The old lease is revoked last: a key that still stood under it would be deleted.
      await eventually(async () => assert.doesNotMatch(await lab().etcd.ctl("lease", "list"), new RegExp(before)), {
        within,
      });
      const changes = () => watch.events().filter(({ key }) => !key.startsWith(`${root}proxies/`));
      await eventually(() => assert.deepEqual([...new Set(changes().map(({ key }) => key))].toSorted(), keys), {
        within,
      });

      assert.notEqual(after, before);
      assert.deepEqual(new Set(changes().map(({ type, lease }) => `${type} ${lease}`)), new Set([`put ${after}`]));
      assert.deepEqual(await keysOf(after), keys);
      assert.deepEqual(new Set((await pools.stop()).map(String)), new Set([String(pool(first, second))]));
      assert.deepEqual((await load.stop()).failures, []);
      await watch.close();
    });
  }

  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it(`an agent that ends by ${signal} leaves HAProxy and its connections, and the next one takes both over`, async () => {
      const { agent, address } = lab().node(1);
      const before = await haproxies();
      assert.ok(before.length >= 2, "a master and a worker");
      const held = await holdConnection(address, port);
      await held.echo();
      const load = await openLoop({ host: address, port, perSecond: 50 });

      await agent.signal(signal);
      await held.echo();
      const third = await serve(lab().node(2), "db");
      await agent.start();
      await isReady(agent);
      await holds(first, second, third);
      // What a container takes along when it is removed is no failure of the proxy.
      assert.deepEqual((await load.stop()).failures, []);
      await third.remove();
      await holds(first, second);

      await held.echo();
      held.close();
      assert.deepEqual(await haproxies(), before);
    });
  }

  it("a container that is renamed keeps its connections past DRAIN_TIMEOUT, over an agent's restart and a reload", async () => {
    const { agent, address, docker, runContainer } = lab().node(1);
    const front = 6390;
    const container = await runContainer({ name: "web-new", labels: proxyLabels(`${front}:6379`) });
    const serves = (at: number, it: LabContainer) =>
      eventually(async () => assert.deepEqual(await poolOf(lab().node(1), at), pool(it)), { within });
    await serves(front, container);
    const held = await holdConnection(address, front);
    await held.echo();

    await docker("rename", container.id, "web");
    const services = async () => (await lab().etcd.keys(`${root}endpoints/_/`)).map(({ key }) => key.split("/")[5]);
    await eventually(async () => assert.deepEqual(await services(), ["web"]), { within });
    await delay(2000);
    await held.echo();
    await agent.signal("SIGKILL");
    await agent.start();
    await isReady(agent);
    const other = await runContainer({ labels: proxyLabels(`${front + 1}:6379`) });
    await serves(front + 1, other);
    await delay(2000);
    await held.echo();
    await container.remove();
    await eventually(() => assert.ok(held.hasEnded()), { within });
    await other.remove();
  });

  it("an agent that ends by SIGTERM takes its own record out of the registry, and no other", async () => {
    const proxies = async () => (await lab().etcd.keys(`${root}proxies/`)).map(({ key }) => key.slice(root.length));
    await eventually(async () => assert.deepEqual(await proxies(), ["proxies/n1/proxy", "proxies/n2/proxy"]), {
      within,
    });
    assert.deepEqual(await lab().node(1).agent.stop(), { code: 0, signal: null });
    assert.deepEqual(await proxies(), ["proxies/n2/proxy"]);
    assert.deepEqual(await poolOf(lab().node(1), port), pool(first, second));
  });

  it("`stop` ends HAProxy", async () => {
    const { agent, address } = lab().node(1);
    assert.notDeepEqual(await haproxies(), []);
    const held = await holdConnection(address, port);
    await held.echo();
    held.close();
    assert.deepEqual(await agent.subcommand("stop"), { code: 0, signal: null });
    assert.deepEqual(await haproxies(), []);
    await assert.rejects(holdConnection(address, port), /ECONNREFUSED/);
  });

  it("`leave` takes a node's records out and no other's, and proxies let its living containers go", async () => {
    const [leaver, stayer] = [lab().node(1), lab().node(2)];
    const lease = await nodeLease();
    const remaining = (await lab().etcd.keys(root))
      .map(({ key }) => key)
      .filter((key) => key.includes("/proxies/") || !/\/n1(\/|$)/.test(key));
    assert.equal(await first.exec("redis-cli", "ping"), "PONG");
    assert.deepEqual(await poolOf(stayer, port), pool(first, second));

    await leaver.registrar.stop();
    assert.deepEqual(await leaver.registrar.subcommand("leave"), { code: 0, signal: null });
    assert.deepEqual(
      (await lab().etcd.keys(root)).map(({ key }) => key),
      remaining,
    );
    assert.doesNotMatch(await lab().etcd.ctl("lease", "list"), new RegExp(lease));
    await eventually(async () => assert.deepEqual(await poolOf(stayer, port), pool(second)), { within });
    assert.equal(await first.exec("redis-cli", "ping"), "PONG");
  });
});
