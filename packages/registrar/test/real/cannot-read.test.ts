import assert from "node:assert/strict";
import { composeLabels, eventually, type LabContainer, proxyLabels } from "../../../../test/lab/index.ts";
import { type EngineProxy, type ProxyRule, startEngineProxy } from "./engine-proxy.ts";
import { useNode } from "./use-node.ts";

const soon = { within: 20_000 };

describe("containers that Docker lists and cannot tell about", () => {
  const { node, seen } = useNode({ registrars: false });
  let proxy: EngineProxy;
  let first: LabContainer;

  const run = (service: string) => {
    return node().runContainer({ labels: { ...composeLabels("unread", service), ...proxyLabels("6379") } });
  };
  const ready = (service: string) => eventually(() => assert.equal(seen().stateOf(service), "ready"), soon);
  const isReady = () =>
    eventually(async () => assert.equal((await node().registrar.admin("/readyz")).status, 200), soon);
  const notReady = (reason: RegExp) =>
    eventually(async () => {
      const { status, body } = await node().registrar.admin("/readyz");
      assert.equal(status, 503);
      assert.match(body, reason);
    }, soon);
  const nodeRecord = async () => {
    const record = await seen().get("nodes/n1");
    return JSON.parse(record?.value ?? "{}") as { readonly synced?: boolean; readonly session?: string };
  };
  const restart = async (...rules: readonly ProxyRule[]) => {
    await node().registrar.signal("SIGKILL");
    const before = await nodeRecord();
    seen().forget();
    proxy.rule(...rules);
    await node().registrar.start();
    await eventually(async () => {
      const { synced, session } = await nodeRecord();
      assert.ok(synced === true && session !== before.session);
    }, soon);
  };
  const bothStand = async () => {
    for (const service of ["one", "two"]) {
      assert.ok(!seen().statesOf(service).includes("gone"), `${service} is never deleted`);
      assert.equal((await seen().endpoints(service))[0]?.state, "ready");
    }
  };

  before(async () => {
    proxy = await startEngineProxy(node().dockerHost);
    await node().registrar.start({ DOCKER_HOST: proxy.dockerHost, LEASE_TTL: "10s" });
    first = await run("one");
    await run("two");
    await ready("one");
    await ready("two");
    await isReady();
  });
  after(() => proxy.close());

  for (const [what, answer] of [
    ["hangs", "hang"],
    ["fails", 500],
    ["is odd", () => ({ Id: 1 })],
  ] as const) {
    it(`keep their records over the registrar's restart when an inspection ${what}; it is not ready, others are followed`, async () => {
      await restart({ path: new RegExp(`/containers/${first.id}/json`), answer });
      await notReady(/Docker does not tell about n1-c1/);
      await bothStand();
      const third = await run(`third-${what.replace(" ", "-")}`);
      await ready(`third-${what.replace(" ", "-")}`);
      await third.remove();
      proxy.rule();
      await isReady();
      await bothStand();
    });
  }

  it("keep their records when the engine refuses to tell its networks, and are followed all the same", async () => {
    await restart({ path: /GET \S*\/networks/, answer: 403 });
    await isReady();
    await bothStand();
    const third = await run("without-networks");
    await ready("without-networks");
    await third.remove();
    await eventually(() => assert.equal(seen().stateOf("without-networks"), "gone"), soon);
    assert.match(await node().registrar.log(), /"msg":"Docker does not tell its networks/);
    proxy.rule();
  });

  it("are followed where Docker's list takes longer than 5 s, and not ready until it is there", async () => {
    await node().registrar.signal("SIGKILL");
    seen().forget();
    proxy.rule({ path: /GET \S*\/containers\/json/, lateMs: 5500 });
    await node().registrar.start();
    await notReady(/the Docker engine does not answer: its list of containers: no answer within 5 s/);
    await eventually(async () => assert.equal((await node().registrar.admin("/readyz")).status, 200), soon);
    assert.equal(seen().deletes(), 0, "nothing is removed meanwhile");
    const third = await run("loaded");
    await ready("loaded");
    await third.remove();
    proxy.rule();
  });

  it("leave when they have ended, though nobody can inspect them", async () => {
    await restart({ path: new RegExp(`/containers/${first.id}/json`), answer: "hang" });
    await first.stop();
    await eventually(() => assert.equal(seen().stateOf("one"), "gone"), soon);
    assert.equal(seen().stateOf("two"), "ready");
    proxy.rule();
    await isReady();
  });
});
