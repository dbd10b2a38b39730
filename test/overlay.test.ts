import assert from "node:assert/strict";
import { agentStatus, composeLabels, eventually, proxyLabels, useLab } from "./lab/index.ts";
import type { LabNode, LabProxy } from "./lab/index.ts";
import { byAddon } from "./by-addon.ts";
import { serversAt } from "./told.ts";

const soon = { within: 20_000 };
const mayAsk = { "aliyun.custom_addon": "proxy" };

describe("a proxy container", function () {
  this.timeout(120_000);
  const lab = useLab({ nodes: 2, agents: false });
  let n1: LabNode;
  let n2: LabNode;

  before(async () => {
    [n1, n2] = [lab().node(1), lab().node(2)];
    await n1.docker("swarm", "init", "--advertise-addr", n1.address);
    const token = await n1.docker("swarm", "join-token", "--quiet", "worker");
    await n2.docker("swarm", "join", "--advertise-addr", n2.address, "--token", token, `${n1.address}:2377`);
    await n1.docker("network", "create", "--driver", "overlay", "--attachable", "mesh");
    await n1.docker("network", "create", "front");
  });

  /** A proxy of project shop on a network of n1, which serves every project. */
  const proxyOn = async (network: string, port: number): Promise<LabProxy> => {
    const labels = { ...composeLabels("shop", `lb-${network}`), ...mayAsk };
    const env = { ...byAddon, ADDITIONAL_SERVICES: "*" };
    const added = await n1.addProxy({ name: `lb-${network}`, env, inside: { network, ports: [port], labels } });
    await added.agent.start();
    return added;
  };

  const serve = (node: LabNode, service: string, port: number, at: { network?: string; publish?: readonly string[] }) =>
    node.runContainer({ ...at, labels: { ...composeLabels("bank", service), ...proxyLabels(`${port}:6379`) } });

  const isReached = async (proxy: LabProxy, port: number, expected: { address: string; via: string; why: string }) => {
    await eventually(async () => {
      const { listeners } = await agentStatus(proxy.agent);
      const servers = listeners.find((each) => each.port === port)?.servers ?? [];
      assert.deepEqual(
        servers.map(({ address, via, why }) => ({ address, via, why })),
        [expected],
      );
    }, soon);
    await eventually(async () => assert.equal(await n2.run(...ping(proxy, port)), "PONG"), soon);
  };
  const ping = ({ address }: LabProxy, port: number) =>
    ["timeout", "2", "redis-cli", "-h", address, "-p", String(port), "ping"] as const;

  it("on a Swarm overlay reaches a container of another node by its overlay address, and says so", async () => {
    const server = await serve(n2, "db", 6379, { network: "mesh" });
    const lb = await proxyOn("mesh", 6379);
    const address = `${await server.address("mesh")}:6379`;
    await isReached(lb, 6379, { address, via: "network", why: `shared network "mesh"` });
  });

  it("on a bridge reaches other projects by published ports, and says so, and what to join", async () => {
    await serve(n2, "far", 7001, { publish: ["7101:6379"] });
    const lb = await proxyOn("front", 7001);
    await isReached(lb, 7001, { address: `${n2.address}:7101`, via: "node", why: "published port of its node" });
    await serve(n1, "near", 7002, { publish: ["7102:6379"] });
    const why = /^published port of this node: docker-proxy accepts there even when nothing listens .*; join a shared/;
    const servers = async () => (await agentStatus(lb.agent)).listeners.find(({ port }) => port === 7002)?.servers;
    await eventually(async () => {
      const [server] = (await servers()) ?? [];
      assert.equal(server?.address, `${n1.address}:7102`);
      assert.match(server.why ?? "", why);
    }, soon);
  });

  it("on a bridge says what to publish, or to join, where it reaches nothing", async () => {
    const [, lb] = n1.moreAgents;
    const here = await serve(n1, "hidden", 7003, {});
    const there = await serve(n2, "hidden", 7003, {});
    const reason = "it cannot be reached from a container on node n1: publish its container port 6379 on node";
    const expected = [
      `${here.name}: ${reason} n1 or let the proxy join its network bridge`,
      `${there.name}: ${reason} n2`,
    ];
    await eventually(async () => {
      const { rejections } = await agentStatus(lb ?? assert.fail());
      const told = rejections.filter(({ code, key }) => code === "unreachable" && key.includes("/hidden/"));
      assert.deepEqual(told.map(({ reason: why }) => why).toSorted(), expected);
    }, soon);
  });
});

describe("a proxy container on a bridge of an engine with userland-proxy off", () => {
  const lab = useLab({ registrars: false, agents: false });

  it("says that it does not reach what its own node publishes, and does once it joins the network that it is told", async () => {
    const node = lab().node(1);
    await node.engine.stop();
    await node.engine.start(["--userland-proxy=false"]);
    await node.registrar.start();
    for (const network of ["front", "back"]) await node.docker("network", "create", network);
    const labels = { ...composeLabels("shop", "lb"), ...mayAsk };
    const inside = { network: "front", ports: [7004], labels };
    const lb = await node.addProxy({ name: "lb", env: { ...byAddon, ADDITIONAL_SERVICES: "*" }, inside });
    await lb.agent.start();
    const served = { ...composeLabels("bank", "near"), ...proxyLabels("7004:6379") };
    await node.runContainer({ network: "back", labels: served, publish: ["7104:6379"] });
    const whyIs = async (expected: RegExp) => {
      const { listeners } = await agentStatus(lb.agent);
      assert.match(listeners.find(({ port }) => port === 7004)?.servers[0]?.why ?? "", expected);
    };
    const isUp = async () => (await serversAt(lb, 7004)).length === 1;
    await eventually(
      () => whyIs(/an engine with userland-proxy off does not let it through; join a shared network/),
      soon,
    );
    await eventually(async () => assert.equal(await isUp(), false), soon);
    await node.docker("network", "connect", "back", "lb");
    await eventually(() => whyIs(/^shared network "back"$/), soon);
    await eventually(async () => assert.equal(await isUp(), true), soon);
    const ping = ["2", "redis-cli", "-h", lb.address, "-p", "7004", "ping"];
    await eventually(async () => assert.equal(await node.run("timeout", ...ping), "PONG"), soon);
  });
});
