import assert from "node:assert/strict";
import { join } from "node:path";
import { agentStatus, composeLabels, eventually, namedRedis, namesAt, openLoop, useLab } from "./lab/index.ts";
import type { Front, LabContainer, LabNode, LabProxy } from "./lab/index.ts";
import { watchOwners, type OwnerWatch } from "./owner-watch.ts";
import { agentTells } from "./told.ts";

const within = 15_000;
const balancer = "proxy_test";
const port = 6379;

/** The document's first two solutions: clients reach a service by a load balancer that its label names. */
describe("a load balancer", () => {
  // A lease that runs out soon, and a check that is soon done with a server that cannot be reached.
  const lab = useLab({ nodes: 3, agents: false, registrars: { LEASE_TTL: "4s" } });
  const n1 = () => lab().node(1);
  const n2 = () => lab().node(2);
  let here: LabProxy;
  let there: LabProxy;
  let shop: LabContainer;
  let thief: LabContainer;
  let third: LabProxy;
  const proxies = () => [here, there, third];
  const fronts = (front = port): readonly Front[] => proxies().map(({ address }) => ({ address, port: front }));

  const start = (node: LabNode, project: string, front = port) =>
    node.runContainer({
      labels: { ...composeLabels(project, "redis-master"), "aliyun.lb.port_6379": `tcp://${balancer}:${front}` },
      command: namedRedis(project),
      publish: ["6379"],
    });

  const isServedFor = (project: string, ms = within) =>
    eventually(
      async () => {
        for (const front of fronts()) assert.deepEqual(await namesAt(front, 10), [project]);
      },
      { within: ms },
    );

  const isAnsweredBy = (front: Front, name: string) =>
    eventually(async () => assert.deepEqual(await namesAt(front, 3), [name]), { within });

  const keyOf = (project: string, { id }: LabContainer, node: LabNode) =>
    `endpoints/${project}/redis-master/6379/${node.name}/${id.slice(0, 12)}`;

  before(async () => {
    const check = { HEALTH_CHECK: "check inter 500 rise 1 fall 3" };
    const env = { LB_NAME: balancer, ADDITIONAL_SERVICES: "", DRAIN_TIMEOUT: "1s", LEASE_TTL: "4s", ...check };
    [here, there, third] = (await Promise.all(lab().nodes.map((node) => node.addProxy({ name: "lb", env })))) as [
      LabProxy,
      LabProxy,
      LabProxy,
    ];
    await Promise.all(proxies().map(({ agent, address }) => agent.start({ BIND_ADDRESS: address })));
    shop = await start(n1(), "shop");
    await isServedFor("shop");
  });

  it("is reached from outside, and by a client on the server's own node", async () => {
    for (const { address } of fronts()) {
      assert.equal(await n2().run("redis-cli", "-h", address, "ping"), "PONG");
      assert.equal(await n1().docker("run", "--rm", "redis:alpine", "redis-cli", "-h", address, "ping"), "PONG");
    }
  });

  it("keeps a port for the service that claimed it first under load, and tells the other whose it is", async () => {
    const loads = await Promise.all(fronts().map(({ address }) => openLoop({ host: address, port, perSecond: 100 })));
    thief = await start(n2(), "thief");
    for (const proxy of proxies()) {
      const reason = await agentTells(lab(), proxy, { code: "port-owned", key: keyOf("thief", thief, n2()) });
      assert.match(reason, /6379@proxy_test is shop\/redis-master's since 20/);
      assert.match(reason, /fairway-registrar release 6379@proxy_test --project shop\/redis-master/);
    }
    for (const load of loads) {
      const { failures, lastBegunMs } = await load.stop();
      assert.deepEqual([failures, Object.keys(lastBegunMs)], [[], ["shop"]]);
    }
  });

  it("keeps it while the owner's only container is away, and gives it to the next when the claim is released", async () => {
    await shop.remove();
    for (const front of fronts()) {
      await eventually(async () => assert.ok(!(await namesAt(front, 1)).includes("shop")), { within });
    }
    for (const front of fronts()) assert.ok(!(await namesAt(front, 20)).includes("thief"));
    const release = ["release", `${port}@${balancer}`, "--project", "shop/redis-master"];
    // Its registrar may put the claim under its last lease at the same moment: then it is said, and asked again.
    await eventually(async () => assert.equal((await n1().registrar.subcommand(...release)).code, 0), { within });
    await isServedFor("thief", 2000);
  });

  it("refuses a port that is not published, with that advice", async () => {
    const hidden = await n1().runContainer({
      labels: { ...composeLabels("hidden", "db"), "aliyun.lb.port_6379": `tcp://${balancer}:7001` },
      command: namedRedis("hidden"),
    });
    const reason = await agentTells(lab(), here, {
      code: "unreachable",
      key: `endpoints/hidden/db/6379/n1/${hidden.id.slice(0, 12)}`,
    });
    assert.match(reason, /publish its container port 6379 on node n1/);
  });

  it("leaves a port to a container of its machine that publishes it, and serves it elsewhere", async () => {
    const container = await n2().runContainer({
      labels: { ...composeLabels("web", "db"), "aliyun.lb.port_6379": `tcp://${balancer}:7002` },
      command: namedRedis("web"),
      publish: ["7002:6379"],
    });
    await eventually(async () => assert.deepEqual(await namesAt({ ...here, port: 7002 }, 5), ["web"]), { within });
    const { refusals } = await eventually(
      async () => {
        const log = await there.agent.log();
        const lines = log.split("\n").filter((line) => line.includes('"port-published"'));
        assert.ok(lines.length > 0, log);
        return { refusals: lines };
      },
      { within },
    );
    assert.match(refusals[0] ?? "", new RegExp(`7002 is for container ${container.id.slice(0, 12)} of this node`));
  });

  it("is told by why, to whom it is asked for", async () => {
    await here.agent.subcommand("why", "thief:redis-master");
    const log = await here.agent.log();
    assert.match(log, /port 6379: ready; load balancer proxy_test listens on 6379/);
    assert.match(log, new RegExp(`n1/lb +yes, at ${n2().address}:\\d+: published port of its node`));
  });

  it("gives a port that two services ask for at one moment to the one whose claim is older, on every proxy", async () => {
    const front = 7004;
    const nodes = { left: n1(), right: n2() };
    const ids = Object.entries(nodes).map(async ([name, node]) => [name, await start(node, name, front)] as const);
    const containers = new Map<string, LabContainer>(await Promise.all(ids));
    const claims = await eventually(
      async () => {
        const all = await lab().etcd.keys(`/fairway/v1/claims/${balancer}/`);
        const both = all.filter(({ key }) => key.endsWith(`/${front}`));
        assert.equal(both.length, 2);
        return both.toSorted((a, b) => a.createRevision - b.createRevision);
      },
      { within },
    );
    const [owner, other] = claims.map(({ key }) => key.split("/").at(-3)) as ["left" | "right", "left" | "right"];
    for (const each of fronts(front)) await isAnsweredBy(each, owner);
    const key = keyOf(other, containers.get(other) ?? assert.fail(), nodes[other]);
    for (const proxy of proxies()) {
      const reason = await agentTells(lab(), proxy, { code: "port-owned", key });
      assert.match(reason, new RegExp(`${front}@${balancer} is ${owner}/redis-master's`));
    }
  });

  describe("of which two services want a port", () => {
    const wanted = 7003;
    let bank: LabContainer;
    let watch: OwnerWatch;

    before(async () => {
      bank = await start(n1(), "bank", wanted);
      for (const front of fronts(wanted)) await isAnsweredBy(front, "bank");
      const evil = await start(n2(), "evil", wanted);
      watch = watchOwners({ proxies: proxies(), port: wanted, containers: { bank, evil } });
    });

    const isAsked = async (project: string) => (await lab().etcd.keys(`/fairway/v1/endpoints/${project}/`)).length > 0;

    it("keeps it for its owner, which is killed, over a restart of etcd, and gives it back", async () => {
      await bank.kill();
      for (const front of fronts(wanted)) {
        await eventually(async () => assert.notDeepEqual(await namesAt(front, 1), ["bank"]), { within });
      }
      await lab().etcd.stop();
      await lab().etcd.start();
      await bank.start();
      for (const front of fronts(wanted)) await isAnsweredBy(front, "bank");
    });

    it("gives it to the other when its owner's node is cut off and its claim released, and is right within 10 s of its return", async () => {
      const compareAgain = watch.leaveOut(here);
      await lab().node(1).cut();
      await eventually(async () => !(await isAsked("bank")), { within });
      const [cutOff = assert.fail(), ...others] = fronts(wanted);
      for (const front of others) {
        await eventually(async () => assert.notDeepEqual(await namesAt(front, 1), ["bank"]), { within });
      }
      for (const { agent } of [there, third]) {
        await eventually(async () => assert.ok(!(await hasOrphan(agent, keyOf("bank", bank, n1())))), { within });
      }
      const release = ["release", `${wanted}@${balancer}`, "--project", "bank/redis-master"];
      await eventually(async () => assert.equal((await n2().registrar.subcommand(...release)).code, 0), { within });
      for (const front of others) await isAnsweredBy(front, "evil");
      await lab().node(1).heal();
      await eventually(async () => assert.deepEqual(await namesAt(cutOff, 3), ["evil"]), { within: 10_000 });
      compareAgain();
      // The owner of before asks as well again, and is told whose it is now.
      await eventually(() => isAsked("bank"), { within });
      for (const proxy of proxies()) {
        const told = { code: "port-owned", key: keyOf("bank", bank, n1()) };
        assert.match(await agentTells(lab(), proxy, told), /7003@proxy_test is evil\/redis-master's/);
      }
      await here.agent.subcommand("why", "bank:redis-master");
      const line = /^ +n3\/lb +no: n1-\S+ 7003@proxy_test is evil\/redis-master's since 20\S+Z: take another port/m;
      assert.match(await here.agent.log(), line);
    });

    it("keeps it for its owner when etcd is restored from a backup, whoever has claimed it since", async () => {
      const backup = join(lab().directory, "backup.db");
      await lab().etcd.snapshot(backup);
      const acme = await start(lab().node(3), "acme", wanted);
      const told = { code: "port-owned", key: keyOf("acme", acme, lab().node(3)) };
      for (const proxy of proxies()) await agentTells(lab(), proxy, told);
      await lab().etcd.restore(backup);
      await eventually(() => isAsked("acme"), { within });
      for (const front of fronts(wanted)) await isAnsweredBy(front, "evil");
      await watch.end("bank", "evil");
    });
  });
});

async function hasOrphan(agent: LabProxy["agent"], key: string): Promise<boolean> {
  const { orphans } = await agentStatus(agent);
  return orphans.some((orphan) => orphan.key === key);
}
