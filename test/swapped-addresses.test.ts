import assert from "node:assert/strict";
import {
  agentStatus,
  composeLabels,
  countAnswers,
  eventually,
  holdConnection,
  namedRedis,
  namesAt,
  proxyLabels,
  useLab,
} from "./lab/index.ts";
import type { LabContainer, LabProxy } from "./lab/index.ts";
import { serversAt } from "./told.ts";

const within = 15_000;
const connections = 100;
const longLease = "60s";

/** The front port of each project; `*` serves both. */
const fronts = { a: 7001, b: 7002 };

/**
 * Two projects on one node. Docker gives addresses in the order of starting, so containers that stop together and start
 * in the other order have each other's: what was true of an address is true of another project's container then.
 */
describe("addresses that change hands while the registrar is away", () => {
  const lab = useLab({ registrars: { LEASE_TTL: longLease }, agents: false });
  const node = () => lab().node(1);
  let ofA: LabProxy;
  let ofB: LabProxy;
  let a: LabContainer;
  let b: LabContainer;

  /** The containers are away for a moment, and a slow machine must not take that for their end. */
  const env = { HEALTH_CHECK: "check inter 1000 rise 1 fall 30", DRAIN_TIMEOUT: "1s" };
  const start = (name: string, project: keyof typeof fronts) => {
    const labels = { ...composeLabels(project, "db"), ...proxyLabels(`${fronts[project]}:6379`) };
    return node().runContainer({ name, labels, command: namedRedis(name) });
  };

  before(async () => {
    await node().agent.start({ ...env, BIND_ADDRESS: node().address });
    const own = (project: string) => ({ ...env, COMPOSE_PROJECT_NAME: project, ADDITIONAL_SERVICES: "" });
    ofA = await node().addProxy({ name: "of-a", env: own("a") });
    ofB = await node().addProxy({ name: "of-b", env: own("b") });
    await Promise.all([ofA.agent.start(), ofB.agent.start()]);
    a = await start("a1", "a");
    b = await start("b1", "b");
    await holds({ a: [a], b: [b] });
  });

  /** Every place where a client of one project connects. */
  const places = () => [
    { project: "a" as const, proxy: ofA, port: fronts.a },
    { project: "a" as const, proxy: node(), port: fronts.a },
    { project: "b" as const, proxy: ofB, port: fronts.b },
    { project: "b" as const, proxy: node(), port: fronts.b },
  ];

  /** Waits until HAProxy has exactly these containers everywhere, and shows that no connection goes anywhere else. */
  const holds = async (expected: Readonly<Record<"a" | "b", readonly LabContainer[]>>) => {
    for (const { project, proxy, port } of places()) {
      const addresses = await Promise.all(expected[project].map(async (each) => `${await each.address()}:6379`));
      const isExact = async () => assert.deepEqual(await serversAt(proxy, port), addresses.toSorted());
      await eventually(isExact, { within: 5000 });
    }
    for (const { project, proxy, port } of places()) {
      const counts = await countAnswers({ ...proxy, port }, connections);
      const right = expected[project].length === 0 ? ["closed without an answer"] : expected[project].map(nameOf);
      assert.deepEqual([...counts.keys()].toSorted(), right, `from ${proxy.address}:${port}`);
    }
  };

  const nameOf = ({ name }: LabContainer) => name;

  /** Stops both and starts them in the other order: they have each other's address then. */
  const swap = async () => {
    const before = [await a.address(), await b.address()] as const;
    await Promise.all([a.stop(), b.stop()]);
    // Who starts first gets the lower address.
    for (const each of before[0] < before[1] ? [b, a] : [a, b]) await each.start();
    assert.deepEqual([await b.address(), await a.address()], before);
  };

  /** The fault that all of this guards against, there to be seen as long as nobody corrects it. */
  const leadsAstray = async () => {
    const seen = async () => Promise.all(places().map(({ proxy, port }) => namesAt({ ...proxy, port }, 3)));
    await eventually(async () => assert.deepEqual(await seen(), [["b1"], ["b1"], ["a1"], ["a1"]]), { within });
  };

  const comesBack = async (leaseTtl = longLease) => {
    await node().registrar.start({ LEASE_TTL: leaseTtl });
    const status = async () => (await node().registrar.admin("/readyz")).status;
    await eventually(async () => assert.equal(await status(), 200), { within });
  };

  const dies = () => node().registrar.signal("SIGKILL");

  /** So that its lease runs out soon. */
  const diesWithShortLease = async () => {
    await node().registrar.stop();
    await comesBack("2s");
    await dies();
  };

  const areOrphans = async (...expected: readonly LabContainer[]) => {
    const ids = expected.map(({ id }) => id.slice(0, 12)).toSorted();
    await eventually(
      async () => {
        const { orphans } = await agentStatus(node().agent);
        const told = orphans.filter(({ state }) => state === "orphaned").map(({ key }) => key.split("/").at(-1) ?? "");
        assert.deepEqual(told.toSorted(), ids);
      },
      { within },
    );
  };

  it("lead each project's clients to its own container once it is back within its lease", async () => {
    await dies();
    await swap();
    await leadsAstray();
    const astray = await holdConnection(ofA.address, fronts.a);
    await astray.echo();
    await comesBack();
    await holds({ a: [a], b: [b] });
    await eventually(astray.hasEnded, { within: 5000 });
  });

  it("lead them to their own also when its lease ran out and all were orphans meanwhile", async () => {
    await diesWithShortLease();
    await swap();
    await areOrphans(a, b);
    await leadsAstray();
    await comesBack();
    await holds({ a: [a], b: [b] });
  });

  it("end an orphan as soon as a living record has its address, though its node is silent", async () => {
    const [record] = await lab().etcd.keys("/fairway/v1/endpoints/b/");
    const [address, idOfA] = [await a.address(), a.id];
    await diesWithShortLease();
    await areOrphans(a, b);
    await a.remove();
    const b2 = await start("b2", "b");
    assert.equal(await b2.address(), address);
    await eventually(async () => assert.deepEqual(await namesAt({ ...node(), port: fronts.a }), ["b2"]), { within });

    const key = `/fairway/v1/endpoints/b/db/6379/n1/${b2.id.slice(0, 12)}`;
    const value = (record?.value ?? "").replaceAll(await b.address(), address).replaceAll(b.id, b2.id);
    await lab().etcd.ctl("put", key, value);
    await areOrphans(b);
    await eventually(async () => assert.deepEqual(await serversAt(node(), fronts.a), []), { within: 1000 });
    const counts = await countAnswers({ ...node(), port: fronts.a }, connections);
    assert.deepEqual([...counts], [["closed without an answer", connections]]);
    assert.deepEqual(await namesAt({ ...node(), port: fronts.b }), ["b1", "b2"]);

    await comesBack();
    await holds({ a: [], b: [b, b2] });
    assert.equal(
      (await lab().etcd.keys("/fairway/v1/")).some((each) => each.key.includes(idOfA.slice(0, 12))),
      false,
    );
  });
});
