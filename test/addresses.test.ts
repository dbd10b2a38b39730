import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { agentStatus, eventually, labImage, namedRedis, useLab, whoAnswers } from "./lab/index.ts";
import type { Lab, LabNode } from "./lab/index.ts";
import { forgedRecord } from "./forged-record.ts";
import { crossed, frontsOf, labelsThere, mutual, runMutual, type Mutual } from "./mutual-containers.ts";
import { agentTells, registrarTells, serversAt } from "./told.ts";

const within = 15_000;

/** The gateway of a Docker network that both nodes have. */
const gateway = "198.19.100.1";

/** The bridge that every engine of the lab has, as engines have docker0 by default. */
const dockerBridge = "198.19.0.1";

type Forged = { readonly ip: string; readonly port: number; readonly front?: number };

/** Writes an endpoint as whoever may write to the registry could: behind a front port, by default that of its own number. */
async function forge({ etcd }: Lab, key: string, { ip, port, front = port }: Forged) {
  const claim = { v: 1, claimedAt: "2026-11-22T08:00:01.000Z", by: "n1" };
  await etcd.ctl("put", `/fairway/v1/claims/*/there/${front}`, JSON.stringify(claim));
  await etcd.ctl("put", `/fairway/v1/${key}`, forgedRecord(ip, port, front));
}

describe("addresses on three nodes", () => {
  const lab = useLab({ nodes: 3, agents: false, registrars: { READY_TIMEOUT: "1s" } });
  const node = (n: number) => lab().node(n);

  before(async () => {
    for (const { docker } of lab().nodes) {
      await docker("network", "create", "--subnet", "198.19.100.0/24", "--gateway", gateway, "both");
    }
    // Who publishes a port that a proxy serves already comes too late.
    await Promise.all(mutual.map((each) => runMutual(node(each.node), each)));
    // What is published on another address of its machine leaves this one to the proxy.
    await node(1).agent.start({ BIND_ADDRESS: node(1).address });
    await Promise.all([node(2), node(3)].map(({ agent }) => agent.start()));
  });

  /** How many connections a proxy's HAProxy has for one that a client opens. */
  const connectionsFor = async (proxy: LabNode, port: number): Promise<number> => {
    const answering = whoAnswers({ address: proxy.address, port });
    // A proxy that connects to itself takes a thousand in that time.
    await delay(1000);
    const [, connections] = /^CurrConns: (\d+)$/m.exec(await proxy.haproxy("show info")) ?? [];
    await answering;
    return Number(connections);
  };

  it("published where another node's proxy listens, in a ring, cost one connection for one on every proxy", async () => {
    const outcomes = lab().nodes.map(async (proxy, at) => {
      for (const { name, front } of frontsOf(at + 1)) {
        const answers = () => whoAnswers({ address: proxy.address, port: front });
        await eventually(async () => assert.equal(await answers(), name), { within });
        const connections = await connectionsFor(proxy, front);
        assert.ok(connections <= 2, `${connections} connections for one to ${front} on ${proxy.name}`);
      }
    });
    await Promise.all(outcomes);
  });

  it("of a bridge that both nodes have lead no proxy to itself", async () => {
    const container = await node(1).runContainer({
      labels: labelsThere("on-bridge-address", "7004:7000"),
      publish: [`${gateway}:7004:7000`],
      command: namedRedis("on-bridge-address", "--port", "7000"),
    });
    const answers = () => whoAnswers({ address: node(1).address, port: 7004 });
    await eventually(async () => assert.equal(await answers(), "on-bridge-address"), { within });
    const connections = await connectionsFor(node(2), 7004);
    assert.ok(connections <= 2, `${connections} connections for one`);
    const key = `endpoints/there/on-bridge-address/7000/n1/${container.id.slice(0, 12)}`;
    await agentTells(lab(), node(2), { code: "unreachable", key });
    const reason =
      `7000 is published on ${gateway}:7004, this node's address in Docker network both, which is another host or none ` +
      `to other nodes: not used as an address; publish it on ${node(1).address}`;
    await registrarTells(lab(), node(1), container, [{ severity: "hint", code: "published-locally", reason }]);
  });

  describe("forged in records of another node", () => {
    const rows = [
      ["127.0.0.1", 7010],
      ["169.254.169.254", 7011],
      ["169.254.7.7", 7012],
      ["224.0.0.1", 7013],
      [gateway, 7014],
      ["its own", 7015],
    ] as const;
    const ipOf = (address: string) => (address === "its own" ? node(2).address : address);
    const keyOf = (port: number) => `endpoints/there/forged/${port}/n1/${String(port).repeat(3)}`;

    before(() => Promise.all(rows.map(([address, port]) => forge(lab(), keyOf(port), { ip: ipOf(address), port }))));

    for (const [address, port] of rows) {
      it(`as ${address} are no server of a proxy`, async () => {
        const reason = await agentTells(lab(), node(2), { code: "address-not-allowed", key: keyOf(port) });
        assert.match(reason, new RegExp(`^forged: it cannot be reached: ${ipOf(address)} is an? `));
        const connections = await connectionsFor(node(2), port);
        assert.ok(connections <= 1, `${connections} connections for one`);
        assert.equal(await whoAnswers({ address: node(2).address, port }), "ECONNREFUSED");
        await lab().etcd.ctl("del", `/fairway/v1/${keyOf(port)}`);
      });
    }
  });

  it("of another node's containers or programs, forged, are no server of the proxy there", async () => {
    await node(2).runContainer({ publish: ["7198:7000"], command: namedRedis("theirs", "--port", "7000") });
    const rows = [
      { front: 7016, port: 7198 },
      { front: 7017, port: 7381 },
    ];
    const keyOf = (front: number) => `endpoints/there/forged/${front}/n1/${String(front).repeat(3)}`;
    for (const { front, port } of rows) await forge(lab(), keyOf(front), { ip: node(2).address, port, front });
    const refused = async () => {
      const { rejections } = await agentStatus(node(2).agent);
      return rejections.filter(({ key }) => key.includes("/forged/")).map(({ code, key }) => [code, key]);
    };
    const both = rows.map(({ front }) => ["address-not-allowed", keyOf(front)]);
    await eventually(async () => assert.deepEqual(await refused(), both), { within });
    for (const { front } of rows) {
      assert.equal(await whoAnswers({ address: node(2).address, port: front }), "ECONNREFUSED");
      // Of its record in the registry, which shows ten, others need the room.
      await lab().etcd.ctl("del", `/fairway/v1/${keyOf(front)}`);
    }
  });

  it("of a container in the host's network lead no proxy to its own listeners", async () => {
    const container = await node(2).runContainer({
      labels: labelsThere("each-other", "7104:7105, 7105:7104"),
      network: "host",
      command: ["sleep", "infinity"],
    });
    const refused = async () => {
      const { refusedListeners } = await agentStatus(node(2).agent);
      return refusedListeners.filter(({ listener }) => listener < 7300).map(({ listener, code }) => [listener, code]);
    };
    const both = [7104, 7105].map((port) => [port, "port-published"]);
    await eventually(async () => assert.deepEqual(await refused(), both), { within });
    for (const port of [7104, 7105]) {
      const connections = await connectionsFor(node(2), port);
      assert.ok(connections <= 2, `${connections} connections for one`);
    }
    await container.remove();
  });

  it("of a container whose port a proxy has had since before its start are no server: the proxy answers there", async () => {
    await node(1).runContainer({
      labels: labelsThere("first", "7109:7000"),
      publish: ["7199:7000"],
      command: namedRedis("first", "--port", "7000"),
    });
    const answers = () => whoAnswers({ address: node(2).address, port: 7109 });
    await eventually(async () => assert.equal(await answers(), "first"), { within });
    // A socket is known to be older than a container that starts more than six seconds later.
    await delay(6500);
    const second = await node(2).runContainer({
      labels: labelsThere("second", "7109"),
      network: "host",
      command: ["sleep", "infinity"],
    });
    const reason =
      "7109 of this machine has been another program's since before the container started, and is not served as the " +
      "container's: stop that program (a proxy gives up a port once nobody asks for it), or give the container another port";
    await registrarTells(lab(), node(2), second, [{ severity: "refused", code: "port-held", reason }]);
    assert.equal((await serversAt(node(1), 7109)).length, 1);
    assert.equal(await answers(), "first");
  });

  it("of two networks: the one that the program listens in is served at once", async () => {
    const { docker } = node(1);
    for (const [name, subnet] of Object.entries({ na: "198.19.101.0/24", nb: "198.19.102.0/24" })) {
      await docker("network", "create", "--subnet", subnet, name);
    }
    const labels = Object.entries(labelsThere("in-two", "7006:7000")).flatMap(([name, text]) => [
      "--label",
      `${name}=${text}`,
    ]);
    const command = namedRedis("in-two", "--port", "7000", "--bind", "198.19.102.7", "--protected-mode", "no");
    await docker("create", "--name", "in-two", "--network", "na", ...labels, labImage, ...command);
    await docker("network", "connect", "--ip", "198.19.102.7", "nb", "in-two");
    await docker("start", "in-two");
    const answers = () => whoAnswers({ address: node(1).address, port: 7006 });
    await eventually(async () => assert.equal(await answers(), "in-two"), { within: 5000 });
    assert.deepEqual(await serversAt(node(1), 7006), ["198.19.102.7:7000"]);
  });

  it("of a container on the LAN itself are reached from another node, and its own says what to do", async () => {
    const subnet = node(1).address.replace(/[0-9]+$/, "0/24");
    const ip = node(1).address.replace(/[0-9]+$/, "201");
    await node(1).docker("network", "create", "--driver", "macvlan", "--subnet", subnet, "--opt", "parent=eth0", "lan");
    await node(1).runContainer({
      name: "on-lan",
      labels: labelsThere("on-lan", "7008:7000"),
      network: "lan",
      options: ["--ip", ip],
      command: namedRedis("on-lan", "--port", "7000", "--protected-mode", "no"),
    });
    const answers = () => whoAnswers({ address: node(2).address, port: 7008 });
    await eventually(async () => assert.equal(await answers(), "on-lan"), { within });
    const { rejections } = await agentStatus(node(1).agent);
    assert.deepEqual(
      rejections.filter(({ key }) => key.includes("/on-lan/")).map(({ reason }) => reason),
      [
        "on-lan: it cannot be reached from node n1: a host does not reach its own macvlan networks; connect it to a " +
          "bridge too",
      ],
    );
  });

  describe("of docker0, which all nodes have, as NODE_ADDRESS", () => {
    before(() => Promise.all(crossed.map((each) => runMutual(node(each.node), each))));

    /** What a proxy says of the container's endpoint, and the servers that it has behind its front port. */
    const madeOf = async (proxy: LabNode, { node: from, name, front }: Mutual) => {
      const { rejections } = await agentStatus(proxy.agent);
      const code = rejections.find(({ key }) => key.startsWith(`endpoints/there/${name}/7000/n${from}/`))?.code;
      const listener = (await proxy.listeners()).find(({ port }) => port === front);
      return { code, servers: (listener?.servers ?? []).map(({ ip, port }) => `${ip}:${port}`) };
    };

    for (const [title, nodes, code] of [
      ["of one of them are refused by the others' proxies, and one connection is one", [1], "address-not-allowed"],
      ["of each are left out by proxies that listen there, and one connection is one", [1, 2, 3], "loop"],
    ] as const) {
      it(title, async () => {
        for (const { registrar } of nodes.map(node)) {
          await registrar.stop();
          await registrar.start({ NODE_ADDRESS: dockerBridge });
        }
        await Promise.all(
          lab().nodes.map(async (proxy, at) => {
            for (const each of [...frontsOf(at + 1), ...crossed]) {
              const { node: from, hostPort, front } = each;
              if (from === at + 1 || !nodes.some((n) => n === from)) continue;
              // The first listens at one address of its own, and not at that of docker0.
              const isKept = at === 0;
              const made = isKept
                ? { code: undefined, servers: [`${dockerBridge}:${hostPort}`] }
                : { code, servers: [] };
              await eventually(async () => assert.deepEqual(await madeOf(proxy, each), made), { within });
              const connections = await connectionsFor(proxy, front);
              assert.ok(connections <= 2, `${connections} connections for one to ${front} on ${proxy.name}`);
            }
          }),
        );
      });
    }
  });
});
