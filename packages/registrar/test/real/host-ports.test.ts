import assert from "node:assert/strict";
import { eventually, proxyLabels } from "../../../../test/lab/index.ts";
import { useNode } from "./use-node.ts";

const soon = { within: 20_000 };

describe("host ports in the registry", () => {
  const { lab, node } = useNode();

  const recordOf = async ({ id }: { readonly id: string }) => {
    const [record] = await lab().etcd.keys(`/fairway/v1/hostports/n1/${id.slice(0, 12)}`);
    return record && { ports: (JSON.parse(record.value) as { ports: unknown }).ports, modRevision: record.modRevision };
  };
  const runPublished = async (port: number) => {
    const container = await node().runContainer({ publish: [`${port}:6379`] });
    await eventually(async () => assert.deepEqual(await portsOf(container), [{ ip: "0.0.0.0", port }]), soon);
    return container;
  };
  const portsOf = async (container: { readonly id: string }) => (await recordOf(container))?.ports;

  it("are told of a container that is not opted in, once, and also while it does not run", async () => {
    const container = await node().runContainer({ publish: ["7100:6379", "6379"] });
    const expected = [{ ip: "0.0.0.0", port: 7100 }];
    await eventually(async () => assert.deepEqual(await portsOf(container), expected), soon);
    const written = (await recordOf(container))?.modRevision;
    await container.restart();
    await container.stop();
    // Its exit has been seen once that of a later one has.
    const later = await node().runContainer({ publish: ["7101:6379"] });
    await later.stop();
    await eventually(async () => assert.deepEqual(await portsOf(later), [{ ip: "0.0.0.0", port: 7101 }]), soon);
    assert.deepEqual(await recordOf(container), { ports: expected, modRevision: written });
  });

  it("are told in the transaction of the container's endpoint", async () => {
    const { id } = await node().runContainer({ labels: proxyLabels("7110:6379"), publish: ["7110:6379"] });
    const createdIn = async (prefix: string) => {
      const keys = await lab().etcd.keys(`/fairway/v1/${prefix}`);
      return keys.find(({ key }) => key.endsWith(id.slice(0, 12)))?.createRevision;
    };
    await eventually(async () => assert.ok((await createdIn("endpoints/")) !== undefined), soon);
    assert.equal(await createdIn("hostports/n1/"), await createdIn("endpoints/"));
  });

  it("are told of one that exited before the registrar was there, and of none that was never started", async () => {
    await node().registrar.stop();
    const exited = await node().runContainer({ publish: ["7102:6379"], options: ["--restart", "always"] });
    await exited.stop();
    const created = { id: await node().docker("create", "--publish", "7103:6379", "redis:alpine") };
    await node().registrar.start();
    await eventually(async () => assert.deepEqual(await portsOf(exited), [{ ip: "0.0.0.0", port: 7102 }]), soon);
    assert.equal(await portsOf(created), undefined);
  });

  it("are the container ports that an opted-in container serves in the host's network", async () => {
    const container = await node().runContainer({ labels: proxyLabels("7104:6379"), network: "host" });
    await eventually(async () => assert.deepEqual(await portsOf(container), [{ ip: "0.0.0.0", port: 6379 }]), soon);
    await container.remove();
    assert.deepEqual(await portsOf(container), [{ ip: "0.0.0.0", port: 6379 }], "they are kept for a minute");
  });

  it("are kept over the registrar's restart for one that was removed meanwhile", async () => {
    const [kept, removed] = [await runPublished(7105), await runPublished(7106)];
    await node().registrar.stop();
    await removed.remove();
    await node().registrar.start();
    await eventually(async () => assert.equal((await node().registrar.admin("/readyz")).status, 200), soon);
    for (const [container, port] of [
      [kept, 7105],
      [removed, 7106],
    ] as const)
      assert.deepEqual(await portsOf(container), [{ ip: "0.0.0.0", port }]);
  });
});
