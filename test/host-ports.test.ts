import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startEtcd, type Child } from "@fairway/standalone";
import {
  agentStatus,
  composeLabels,
  eventually,
  proxyLabels,
  useLab,
  type LabContainer,
  type LabNode,
} from "./lab/index.ts";
import { isReady } from "./readiness.ts";

const within = 20_000;

/** A port that was refused used to be tried again within this. */
const retriedMs = 12_000;

describe("the ports of a machine", () => {
  const lab = useLab({ nodes: 2, agents: false });
  const n1 = () => lab().node(1);
  const n2 = () => lab().node(2);

  const serve = (node: LabNode, service: string, facts: Parameters<LabNode["runContainer"]>[0] & { ports: string }) => {
    const { ports, ...more } = facts;
    return node.runContainer({ labels: { ...composeLabels("shop", service), ...proxyLabels(ports) }, ...more });
  };

  const frontPorts = async (node: LabNode) => (await node.listeners()).map(({ port }) => port);

  const isRefused = (node: LabNode, port: number, code: string, reason: RegExp) =>
    eventually(
      async () => {
        const refused = (await agentStatus(node.agent)).refusedListeners.find(({ listener }) => listener === port);
        assert.deepEqual([refused?.code, reason.test(refused?.reason ?? "")], [code, true], refused?.reason);
      },
      { within },
    );

  const ping = (node: LabNode, port: number) =>
    node.run("timeout", "2", "redis-cli", "-h", node.address, "-p", String(port), "ping");

  const answers = (node: LabNode, port: number) =>
    eventually(async () => assert.equal(await ping(node, port), "PONG"), { within });

  let own: Child | undefined;
  const etcdOfNode = () =>
    startEtcd({
      name: "own",
      wrapper: n1().wrapper,
      clientUrl: `http://${n1().address}:2379`,
      peerUrl: `http://${n1().address}:2380`,
      cluster: `own=http://${n1().address}:2380`,
      dataDir: "/run/own-etcd",
      logFile: join(lab().directory, "own-etcd.log"),
      options: [],
    });

  let published: LabContainer;
  let onHost: LabContainer;
  let ring: readonly LabContainer[] = [];

  before(async () => {
    own = etcdOfNode();
    published = await serve(n1(), "published", { ports: "7003:6379", publish: ["7003:6379"] });
    const redis = (port: number) => ["redis-server", "--save", "", "--port", String(port)];
    onHost = await serve(n1(), "host", { ports: "7004", network: "host", command: redis(7004) });
    await serve(n2(), "host", { ports: "7004", publish: ["7104:7004"], command: redis(7004) });
    await serve(n2(), "attacker", { ports: "2379:6379", publish: ["7105:6379"] });
    ring = [
      await serve(n1(), "ring", { ports: "6379", publish: ["6379:6379"] }),
      await serve(n2(), "ring", { ports: "6379", publish: ["6379:6379"] }),
    ];
    await serve(n2(), "free", { ports: "7000:6379", publish: ["7106:6379"] });
    // Who publishes a port that a proxy serves already comes too late.
    for (const node of lab().nodes) await node.agent.start({ LISTENER_GRACE: "1h", LISTEN_PORTS: "1-65535" });
    for (const node of lab().nodes) await answers(node, 7000);
  });

  after(() => own?.stop());

  it("that containers publish are theirs, also while they are stopped: `why` says whose", async () => {
    await isRefused(n1(), 7003, "port-published", new RegExp(published.id.slice(0, 12)));
    await Promise.all([published, onHost, ...ring].map((each) => each.stop()));
    await delay(retriedMs);
    assert.deepEqual(
      (await frontPorts(n1())).filter((port) => [6379, 7003, 7004].includes(port)),
      [],
    );
    assert.deepEqual(
      (await frontPorts(n2())).filter((port) => port === 6379),
      [],
    );
    await Promise.all([published, onHost, ...ring].map((each) => each.start()));
    for (const port of [6379, 7003, 7004]) await answers(n1(), port);
    await answers(n2(), 6379);
    await isRefused(n1(), 7003, "port-published", new RegExp(published.id.slice(0, 12)));
    await isRefused(n1(), 7004, "port-published", new RegExp(onHost.id.slice(0, 12)));
    const why = await n1().agent.subcommand("why", published.id.slice(0, 12));
    assert.equal(why.code, 0);
    assert.match(await n1().agent.log(), new RegExp(`7003 .*container ${published.id.slice(0, 12)} of this node`));
  });

  it("that etcd has are nobody's to open, also while etcd is away", async () => {
    await own?.stop();
    await delay(retriedMs);
    assert.deepEqual(
      (await frontPorts(n1())).filter((port) => port === 2379),
      [],
    );
    own = etcdOfNode();
    await eventually(() => n1().run("curl", "-sf", `http://${n1().address}:2379/health`), { within });
    const { rejections } = await agentStatus(n1().agent);
    assert.match(rejections.find(({ code }) => code === "port-reserved")?.reason ?? "", /2379 .*ETCD_ENDPOINTS/);
  });

  it("are left to containers that are restarted while the registry is away: no proxy leads to another", async () => {
    await lab().etcd.stop();
    await Promise.all(ring.map((each) => each.stop()));
    await delay(retriedMs);
    for (const node of lab().nodes) assert.ok(!(await frontPorts(node)).includes(6379), `${node.name} listens on 6379`);
    await Promise.all(ring.map((each) => each.start()));
    for (const node of lab().nodes) await answers(node, 6379);
    await lab().etcd.start();
  });

  it("are left to containers at a boot, before the registry and the engine are there", async () => {
    for (const program of [n1().registrar, n1().agent]) await isReady(program);
    await lab().etcd.stop();
    await n1().registrar.stop();
    await n1().agent.stop();
    assert.equal((await n1().agent.subcommand("stop")).code, 0);
    await Promise.all([published, onHost].map((each) => each.stop()));
    await n1().agent.start();
    await answers(n1(), 7000);
    assert.deepEqual(
      (await frontPorts(n1())).filter((port) => [7003, 7004].includes(port)),
      [],
    );
    await Promise.all([published, onHost].map((each) => each.start()));
    for (const port of [7003, 7004]) await answers(n1(), port);
    await lab().etcd.start();
  });
});
