import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { composeLabels, eventually, labImage, namedRedis, proxyLabels, useLab, whoAnswers } from "./lab/index.ts";
import type { LabNode } from "./lab/index.ts";
import { agentTells, registrarTells, serversAt } from "./told.ts";

const within = 15_000;

/** The gateway of a Docker network that both nodes have. */
const gateway = "198.19.100.1";

/** Labels that put a service of the project `there` behind a front port. */
function labelsOf(service: string, ports: string) {
  return { ...composeLabels("there", service), ...proxyLabels(ports) };
}

describe("addresses on two nodes", () => {
  const lab = useLab({ nodes: 2, agents: false });
  const node = (n: number) => lab().node(n);

  before(async () => {
    for (const { docker } of lab().nodes) {
      await docker("network", "create", "--subnet", "198.19.100.0/24", "--gateway", gateway, "both");
    }
    // What is published on another address of its machine leaves this one to the proxy.
    await node(1).agent.start({ BIND_ADDRESS: node(1).address });
    await node(2).agent.start();
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

  it("of a bridge that both nodes have lead no proxy to itself", async () => {
    const container = await node(1).runContainer({
      labels: labelsOf("on-bridge-address", "7004:7000"),
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

  it("of two networks: the one that the program listens in is served at once", async () => {
    const { docker } = node(1);
    for (const [name, subnet] of Object.entries({ na: "198.19.101.0/24", nb: "198.19.102.0/24" })) {
      await docker("network", "create", "--subnet", subnet, name);
    }
    const labels = Object.entries(labelsOf("in-two", "7006:7000")).flatMap(([name, text]) => [
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
});
