import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  agentStatus,
  composeLabels,
  eventually,
  openLoop,
  pool,
  poolOf,
  proxyLabels,
  useLab,
  watchPool,
} from "./lab/index.ts";
import type { LabContainer, LabNode, Pool } from "./lab/index.ts";
import { overfillWatches } from "./overfill-watches.ts";

/** Every connection to this one has to succeed, so its containers are only stopped while none is made. */
const busy = 6379;
/** Behind this one containers also vanish while nobody can tell. */
const quiet = 6380;
const ports = [busy, quiet] as const;
const within = 15_000;
const root = "/fairway/v1/";

describe("a registry that fails", () => {
  // A lease that every fault outlasts, and a check that is done with a dead server in a second and a half.
  const lab = useLab({
    nodes: 2,
    registrars: { LEASE_TTL: "3s" },
    agents: { LEASE_TTL: "3s", HEALTH_CHECK: "check inter 500 rise 1 fall 3" },
  });
  const n1 = () => lab().node(1);
  const n2 = () => lab().node(2);

  /** The containers that run behind each port. */
  const living: Record<(typeof ports)[number], readonly LabContainer[]> = { [busy]: [], [quiet]: [] };

  const start = async (node: LabNode, port: (typeof ports)[number]) => {
    const labels = { ...composeLabels("shop", `redis-${port}`), ...proxyLabels(`${port}:6379`) };
    const container = await node.runContainer({ labels, publish: ["6379"] });
    living[port] = [...living[port], container];
    return container;
  };

  const end = async (container: LabContainer, how: "stop" | "kill" = "stop") => {
    for (const port of ports) living[port] = living[port].filter((each) => each !== container);
    await container[how]();
  };

  /** HAProxy has just the servers of what lives, and sends connections to each. */
  const isExact = (port: (typeof ports)[number]) =>
    eventually(
      async () => {
        const listener = (await n1().listeners()).find((each) => each.port === port);
        const servers = (listener?.servers ?? []).map(({ name, admin, status }) => `${name} ${admin} ${status}`);
        assert.equal(servers.length, living[port].length, servers.join("; "));
        assert.deepEqual(await poolOf(n1(), port), pool(...living[port]));
      },
      { within },
    );

  const allExact = async () => {
    for (const port of ports) await isExact(port);
  };

  const allReady = () =>
    eventually(
      async () => {
        for (const program of lab().nodes.flatMap(({ registrar, agent }) => [registrar, agent])) {
          assert.equal((await program.admin("/readyz")).body, "ready\n");
        }
      },
      { within },
    );

  /** Containers of the endpoints that the registry has of a node. */
  const endpointsOf = async (node: string): Promise<Pool> => {
    const keys = (await lab().etcd.keys(`${root}endpoints/`)).map(({ key }) => key.slice(root.length).split("/"));
    return keys.flatMap(([, , , , at, container = ""]) => (at === node ? [container] : [])).toSorted();
  };

  const agentSaid = async (message: string) =>
    (await n1().agent.log()).split("\n").filter((line) => line.includes(`"msg":"${message}"`));

  /**
   * Through a fault, and until all is exact again, no container that lives all the time is ever out of its pool, and no
   * connection to the busy listener fails.
   */
  const through = async (fault: () => Promise<void>) => {
    const before = { ...living };
    const load = await openLoop({ host: n1().address, port: busy, perSecond: 50 });
    const watches = ports.map((port) => watchPool(n1(), port));
    const stop = () => Promise.all([load.stop(), ...watches.map((watch) => watch.stop())] as const);
    try {
      await fault();
      await allExact();
    } catch (error) {
      await stop();
      throw error;
    }
    const [{ succeeded, failures }, ...seen] = await stop();
    assert.deepEqual(failures, []);
    assert.ok(succeeded > 50, `${succeeded} connections succeeded`);
    for (const [index, port] of ports.entries()) {
      const lasting = pool(...before[port].filter((each) => living[port].includes(each)));
      const pools = seen[index] ?? [];
      assert.ok(lasting.length > 0 && pools.length > 20, `${pools.length} answers on ${lasting.length} containers`);
      assert.deepEqual(
        pools.filter((each) => !lasting.every((container) => each.includes(container))),
        [],
      );
    }
  };

  before(async function () {
    this.timeout(120_000);
    await Promise.all([start(n1(), busy), start(n2(), busy), start(n2(), quiet)]);
    await allExact();
    await allReady();
  });

  it("stopped for 20 s keeps every server, and is exact afterwards", async () => {
    const ends = await start(n1(), quiet);
    await isExact(quiet);
    const losses = (await agentSaid("registry lost")).length;
    await through(async () => {
      await lab().etcd.stop();
      const outage = delay(20_000);
      const known = await poolOf(n1(), busy);
      await start(n1(), busy);
      await end(ends);
      await outage;
      assert.deepEqual(await poolOf(n1(), busy), known);
      await lab().etcd.start();
    });
    await allReady();
    assert.equal((await agentSaid("registry lost")).length, losses + 1);
    assert.equal((await agentSaid("registry is back")).length, losses + 1);
  });

  it("compacted while the agent sleeps tells it by a new list what came and went", async () => {
    const ends = await start(n2(), quiet);
    await isExact(quiet);
    await through(async () => {
      await n1().agent.signal("SIGSTOP");
      try {
        await overfillWatches(lab().etcd);
        await start(n2(), busy);
        await end(ends);
        const expected = pool(...living[busy], ...living[quiet]);
        await eventually(
          async () =>
            assert.deepEqual([...(await endpointsOf("n1")), ...(await endpointsOf("n2"))].toSorted(), expected),
          { within },
        );
        await lab().etcd.compact();
      } finally {
        await n1().agent.signal("SIGCONT");
      }
    });
    assert.match((await agentSaid("registry lost")).at(-1) ?? "", /etcd compacted its history up to revision \d+/);
    await allReady();
  });

  it("restored from an older snapshot neither loses what came since nor keeps what went", async () => {
    // Its lease outlasts this fault: the registry says of its node what it said when the snapshot was taken.
    await n2().registrar.stop();
    await n2().registrar.start({ LEASE_TTL: "90s" });
    await allReady();
    const went = await start(n2(), busy);
    const address = await went.address();
    await isExact(busy);
    const file = join(lab().directory, "older");
    await lab().etcd.snapshot(file);
    await end(went);
    await isExact(busy);
    const came = await start(n2(), quiet);
    await isExact(quiet);
    assert.equal(await came.address(), address, "the address is used again");
    // The registry goes back further than what programs write at once when it is there again.
    for (let n = 0; n < 20; n += 1) await lab().etcd.ctl("put", "/elsewhere", "anything");
    const revision = await lab().etcd.revision();
    await n2().registrar.signal("SIGKILL");
    await through(async () => {
      await n2().agent.signal("SIGSTOP");
      await lab().etcd.restore(file);
      assert.ok((await lab().etcd.revision()) < revision, "the registry went back");
      // The other proxy is back only when the registry has passed the revision that it has seen.
      while ((await lab().etcd.revision()) <= revision) await lab().etcd.ctl("put", "/elsewhere", "anything");
      await n2().agent.signal("SIGCONT");
      await eventually(async () => assert.deepEqual(await orphansOf(n2()), pool(came)), { within });
      await eventually(async () => assert.deepEqual(await orphansOf(n1()), pool(came)), { within });
      assert.ok((await endpointsOf("n2")).includes(pool(went).join()), "the registry has what went");
      assert.match((await lab().etcd.keys(`${root}nodes/n2`))[0]?.value ?? "", /"synced":true/);
      await allExact();
      await n2().registrar.start({ LEASE_TTL: "3s" });
      await allReady();
    });
    const endpoints = await endpointsOf("n2");
    assert.deepEqual(
      [pool(came), pool(went)].map((each) => endpoints.includes(each.join())),
      [true, false],
    );
    assert.deepEqual(await orphansOf(n1()), []);
  });

  it("without a node's registrar past its lease keeps what lives there, and HAProxy's check finds what died", async () => {
    const dies = await start(n2(), quiet);
    await allExact();
    await through(async () => {
      const held = await endpointsOf("n2");
      await n2().registrar.signal("SIGKILL");
      await eventually(async () => assert.deepEqual(await endpointsOf("n2"), []), { within });
      await eventually(async () => assert.deepEqual(await orphansOf(n1()), held), { within });
      await allExact();
      await end(dies, "kill");
      await isExact(quiet);
      await start(n2(), busy);
      await n2().registrar.start();
    });
    assert.deepEqual(await orphansOf(n1()), []);
  });

  it("past ORPHAN_GRACE keeps the last server that works, beside living ones that are unreachable or down", async () => {
    const labels = { ...composeLabels("shop", "last"), ...proxyLabels("6381:6379") };
    await Promise.all([n1().agent.stop(), n2().registrar.stop()]);
    await Promise.all([n1().agent.start({ ORPHAN_GRACE: "2s" }), n2().registrar.start({ READY_TIMEOUT: "1s" })]);
    const last = await n1().runContainer({ labels });
    await n2().runContainer({ labels });
    await n2().runContainer({ labels, publish: ["6379"], command: ["sleep", "infinity"] });
    const states = async () =>
      (await n1().listeners()).find(({ port }) => port === 6381)?.servers.map(({ status }) => status);
    await eventually(async () => assert.deepEqual((await states())?.toSorted(), ["DOWN", "UP"]), { within });
    await n1().registrar.signal("SIGKILL");
    await eventually(async () => assert.ok((await orphansOf(n1())).includes(pool(last).join())), { within });
    await delay(5000);
    assert.deepEqual(await poolOf(n1(), 6381), pool(last));
    const works = await n2().runContainer({ labels, publish: ["6379"] });
    await eventually(async () => assert.deepEqual(await poolOf(n1(), 6381), pool(works)), { within });
  });
});

async function orphansOf({ agent }: LabNode): Promise<Pool> {
  const orphaned = (await agentStatus(agent)).orphans.filter(({ state }) => state === "orphaned");
  return orphaned.map(({ key }) => key.split("/")[5] ?? "").toSorted();
}
