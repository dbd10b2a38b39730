import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  agentStatus,
  composeLabels,
  countAnswers,
  eventually,
  namedRedis,
  namesAt,
  proxyLabels,
  useLab,
  whoAnswers,
} from "./lab/index.ts";
import type { Front, LabContainer, LabNode } from "./lab/index.ts";
import { agentTells } from "./told.ts";

const port = 7006;
const within = 15_000;
const connections = 200;

/** Two projects ask for one front port: `shop`, and on another node and later `evil`. */
describe("a front port", () => {
  const lab = useLab({ nodes: 2, agents: false });
  const n1 = () => lab().node(1);
  const n2 = () => lab().node(2);
  const fronts = (): readonly Front[] => lab().nodes.map(({ address }) => ({ address, port }));
  // Proxies of one node share its network: each listens on its own address.
  const startAgent = ({ agent, address }: LabNode) => agent.start({ BIND_ADDRESS: address, DRAIN_TIMEOUT: "1s" });
  let shop: LabContainer;
  let evil: LabContainer;

  const start = (node: LabNode, project: string, labels: Readonly<Record<string, string>> = {}) =>
    node.runContainer({
      labels: { ...composeLabels(project, "db"), ...proxyLabels(`${port}:6379`), ...labels },
      command: namedRedis(project),
      publish: ["6379"],
    });

  const isServedFor = (...projects: readonly string[]) =>
    eventually(
      async () => {
        for (const front of fronts()) assert.deepEqual(await namesAt(front, 10), projects);
      },
      { within },
    );

  const keyOf = (project: string, { id }: LabContainer, node: LabNode) =>
    `endpoints/${project}/db/6379/${node.name}/${id.slice(0, 12)}`;

  /** Connects to every proxy all the time until it is over; no connection is answered by the stranger. */
  const keepsOut = async (act: () => Promise<void>) => {
    const over = new AbortController();
    const counts = new Map<string, number>();
    const asking = fronts().map(async (front) => {
      while (!over.signal.aborted) {
        const name = await whoAnswers(front);
        counts.set(name, (counts.get(name) ?? 0) + 1);
        await delay(5);
      }
    });
    try {
      await act();
      await isServedFor("shop");
    } finally {
      over.abort();
      await Promise.all(asking);
    }
    assert.equal(counts.get("evil") ?? 0, 0, JSON.stringify([...counts]));
    const total = [...counts.values()].reduce((sum, times) => sum + times, 0);
    assert.ok(total > 50 && counts.has("shop"), JSON.stringify([...counts]));
  };

  before(async () => {
    await Promise.all(lab().nodes.map(startAgent));
    shop = await start(n1(), "shop");
    await isServedFor("shop");
    evil = await start(n2(), "evil");
    await eventually(async () => assert.equal((await agentStatus(n1().agent)).endpoints, 2), { within });
  });

  it("is not shared with a project that asks for it later, whose refusal says whose it is and what to do", async () => {
    for (const node of lab().nodes) {
      const expected = { code: "port-owned", key: keyOf("evil", evil, n2()) };
      const reason = await agentTells(lab(), node, expected);
      assert.match(
        reason,
        /^n2-c1: port 7006 is project shop's, who claimed it 20\d\d-.*Z: take another port, or end that claim/,
      );
      assert.match(reason, /fairway-registrar release 7006.*SHARED_PORTS=7006.*aliyun\.proxy\.SHARE: "evil"/);
    }
    await n1().agent.subcommand("why", "evil:db");
    assert.match(await n1().agent.log(), /n1\/proxy +no: n2-c1: port 7006 is project shop's/);
    for (const front of fronts()) assert.deepEqual([...(await countAnswers(front, connections)).keys()], ["shop"]);
  });

  it("is not the stranger's while its owner's only container is replaced", async () => {
    await keepsOut(async () => {
      await shop.remove();
      await delay(5000);
      shop = await start(n1(), "shop");
    });
  });

  it("is not the stranger's while the registry is away, nor after a cold start of the agents meanwhile", async () => {
    await keepsOut(async () => {
      await lab().etcd.stop();
      await evil.restart();
      for (const node of lab().nodes) {
        await node.agent.stop();
        assert.equal((await node.agent.subcommand("stop")).code, 0);
        await startAgent(node);
      }
      await isServedFor("shop");
      await lab().etcd.start();
    });
  });

  it("is not the stranger's after a cold start without a snapshot", async () => {
    await keepsOut(async () => {
      const { agent, run, stateDir } = n2();
      await agent.stop();
      assert.equal((await agent.subcommand("stop")).code, 0);
      await run("rm", `${stateDir}/snapshot.json`);
      await startAgent(n2());
    });
  });

  it("is not the stranger's after the registry was restored from a backup that has the claim", async () => {
    const file = join(lab().directory, "backup");
    await lab().etcd.snapshot(file);
    await keepsOut(async () => {
      await shop.remove();
      shop = await start(n1(), "shop");
      await isServedFor("shop");
      await lab().etcd.restore(file);
      await eventually(async () => assert.equal((await agentStatus(n1().agent)).orphans.length, 0), { within });
    });
  });

  it("is not the stranger's on a proxy that joins later", async () => {
    const late = await n2().addProxy({ name: "late" });
    await late.agent.start();
    const front = { ...late, port };
    await eventually(async () => assert.deepEqual(await namesAt(front, 1), ["shop"]), { within });
    assert.deepEqual([...(await countAnswers(front, connections)).keys()], ["shop"]);
    await late.agent.stop();
  });

  it("is the own project's on a proxy of its own", async () => {
    const own = await n2().addProxy({ name: "own", env: { COMPOSE_PROJECT_NAME: "evil" } });
    await own.agent.start();
    const front = { ...own, port };
    await eventually(async () => assert.deepEqual(await namesAt(front, 1), ["evil"]), { within });
    assert.deepEqual([...(await countAnswers(front, connections)).keys()], ["evil"]);
    await own.agent.stop();
  });

  it("is shared where the operator says so", async () => {
    const open = await n2().addProxy({ name: "open", env: { SHARED_PORTS: "7000-7010" } });
    await open.agent.start();
    await eventually(async () => assert.deepEqual(await namesAt({ ...open, port }, 10), ["evil", "shop"]), { within });
    await open.agent.stop();
  });

  it("is shared with whom its owner's label SHARE names, also when its owner has left", async () => {
    const blue = await start(n1(), "shop", { "aliyun.proxy.SHARE": "green, evil" });
    await isServedFor("evil", "shop");
    await shop.remove();
    await blue.remove();
    await isServedFor("evil");
  });
});
