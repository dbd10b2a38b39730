import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { agentStatus, composeLabels, eventually, namedRedis, proxyLabels, useLab } from "./lab/index.ts";
import type { LabNode } from "./lab/index.ts";
import { runFairway, startFairway } from "./run-fairway.ts";

const within = 15_000;

/** Two nodes with a proxy each. */
describe("by keys of operators, fairway", () => {
  const lab = useLab({ nodes: 2, agents: false });
  const env = () => ({ ETCD_ENDPOINTS: lab().etcd.endpoints });
  const note = () => `registry: ${lab().etcd.endpoints}, prefix /fairway/v1, by ETCD_ENDPOINTS`;
  const fairway = (...args: readonly string[]) => runFairway(args, env());

  const start = (number: number, service: string, port: number) =>
    lab()
      .node(number)
      .runContainer({
        labels: { ...composeLabels("shop", service), ...proxyLabels(`${port}:6379`) },
        command: namedRedis(service),
        publish: ["6379"],
      });

  before(async () => {
    await Promise.all(lab().nodes.map(({ agent, address }) => agent.start({ BIND_ADDRESS: address })));
  });

  it("returns from a wait within 100 ms of the last proxy's application, just after each has told another", async () => {
    const late: number[] = [];
    for (const again of [1, 2, 3]) {
      const [service, port] = [`prompt-${again}`, 7050 + again];
      const wait = fairway("wait", `shop/${service}`, "--timeout", "50s").then((ran) => ({
        ran,
        at: performance.now(),
      }));
      await start(2, service, port);
      const applied = await Promise.all(lab().nodes.map(({ agent }) => whenServing(agent, port)));
      const { ran, at } = await wait;
      assert.deepEqual(ran, { code: 0, stdout: ["n1/proxy  yes", "n2/proxy  yes"], stderr: [note()] });
      late.push(at - Math.max(...applied));
    }
    // One of three: a machine with other work may take its time to end a process.
    assert.ok(Math.min(...late) <= 100 && Math.max(...late) <= 3000, late.map(Math.round).join(", "));
    assert.deepEqual(await lab().etcd.keys("/fairway/v1/waits/"), []);
  });

  it("takes its wait out of the registry when it is interrupted", async () => {
    const waits = () => lab().etcd.keys("/fairway/v1/waits/");
    const { agent } = lab().node(2);
    await agent.signal("SIGSTOP");
    try {
      const wait = startFairway(["wait", "shop/interrupted", "--timeout", "50s"], env());
      await start(1, "interrupted", 7060);
      await eventually(async () => assert.equal((await waits()).length, 1), { within });
      assert.notEqual((await waits())[0]?.lease, "0");
      assert.equal(await wait.interrupt(), 124);
      assert.equal(wait.stdout().at(-1), "n2/proxy  not yet: it has not applied this");
      assert.deepEqual(await waits(), []);
    } finally {
      await agent.signal("SIGCONT");
    }
  });
});

/** When an agent has first been seen to have applied a listener, by a look every few milliseconds. */
async function whenServing(agent: LabNode["agent"], listener: number): Promise<number> {
  for (const giveUpAt = performance.now() + 50_000; performance.now() < giveUpAt; await setTimeout(5)) {
    const { listeners } = await agentStatus(agent);
    if (listeners.some(({ port, servers }) => port === listener && servers.length === 1)) break;
  }
  return performance.now();
}
