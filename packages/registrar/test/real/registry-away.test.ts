import assert from "node:assert/strict";
import { composeLabels, eventually, proxyLabels } from "../../../../test/lab/index.ts";
import { watchRegistry } from "./seen.ts";
import { useNode } from "./use-node.ts";

const soon = { within: 20_000 };

describe("a registry that is away", () => {
  const { lab, node } = useNode({ registrars: false });

  const run = (service: string) => {
    return node().runContainer({ labels: { ...composeLabels("away", service), ...proxyLabels("6379") } });
  };
  const isReady = () =>
    eventually(async () => assert.equal((await node().registrar.admin("/readyz")).status, 200), soon);
  const isWaiting = async () => {
    const { status, body } = await node().registrar.admin("/readyz");
    assert.equal(status, 503);
    assert.match(body, /the registry is not in step/);
    assert.match((await node().registrar.admin("/metrics")).body, /fairway_registrar_registry_connected 0/);
  };
  const arrived = async (...services: readonly string[]) => {
    const seen = watchRegistry(lab());
    for (const service of services) {
      await eventually(async () => assert.equal((await seen.endpoints(service))[0]?.state, "ready"), soon);
    }
    seen.close();
  };

  it("is waited for at start", async () => {
    await lab().etcd.stop();
    await run("before");
    await node().registrar.start();
    await eventually(isWaiting, soon);
    await lab().etcd.start();
    await isReady();
    await arrived("before");
  });

  it("gets what happened meanwhile when it is back", async () => {
    await lab().etcd.stop();
    await eventually(isWaiting, soon);
    const brief = await run("brief");
    await run("meanwhile");
    await brief.remove();
    await lab().etcd.start();
    await isReady();
    await arrived("before", "meanwhile");
    assert.equal(await lab().etcd.ctl("get", "--prefix", "--keys-only", "/fairway/v1/endpoints/away/brief/"), "");
  });
});
