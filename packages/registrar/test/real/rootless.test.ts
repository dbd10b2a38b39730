import assert from "node:assert/strict";
import {
  agentStatus,
  composeLabels,
  eventually,
  labImage,
  namedRedis,
  proxyLabels,
  whoAnswers,
} from "../../../../test/lab/index.ts";
import { startRootlessEngine, type RootlessEngine } from "./rootless.ts";
import { useNode } from "./use-node.ts";

const soon = { within: 30_000 };

describe("a rootless engine beside one of root's with the same bridge", () => {
  const { node, seen } = useNode({ registrars: false });
  let engine: RootlessEngine;

  before(async function () {
    this.timeout(240_000);
    engine = await startRootlessEngine(node());
    // Each engine gives its first container the same address.
    await node().runContainer({ command: namedRedis("stranger") });
    await start("alone", "7001");
    await start("published", "7002", "--publish", "7555:6379");
    await start("host", "7003", "--network", "host");
    await node().registrar.start({ DOCKER_HOST: engine.dockerHost });
    await node().agent.start();
  });

  const start = (service: string, port: string, ...options: readonly string[]) => {
    const labels = { ...composeLabels("shop", service), ...proxyLabels(`${port}:6379`) };
    const labelled = Object.entries(labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
    return engine.docker("run", "--detach", ...labelled, ...options, labImage, ...namedRedis(service));
  };

  it("is served by published ports, and no other engine's container in place of its own", async () => {
    const front = (port: number) => ({ address: node().address, port });
    await eventually(async () => assert.equal(await whoAnswers(front(7002)), "published"), soon);
    const { rejections } = await agentStatus(node().agent);
    const told = rejections.filter(({ key }) => key.includes("/alone/")).map(({ code, reason }) => `${code} ${reason}`);
    assert.match(told.join(), /^unreachable .*: publish its container port 6379 on node n1$/);
    assert.equal(await whoAnswers(front(7001)), "ECONNREFUSED");
    const [refused] = await seen().rejections("host");
    assert.match(refused?.reason ?? "", /a rootless engine's network_mode: host is not the host's network; publish/);
  });
});
