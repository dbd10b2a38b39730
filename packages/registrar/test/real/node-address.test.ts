import assert from "node:assert/strict";
import { composeLabels, eventually, proxyLabels } from "../../../../test/lab/index.ts";
import { useNode } from "./use-node.ts";

const soon = { within: 40_000 };

describe("the address of a node, on a real machine", () => {
  const { node, seen } = useNode();

  const recorded = async () => {
    const record = await seen().get("nodes/n1");
    return record && (JSON.parse(record.value) as { readonly address: string; readonly synced: boolean });
  };
  const published = async (service: string) => {
    const records = await seen().endpoints(service);
    return records.flatMap(({ addresses }) => addresses.filter(({ via }) => via === "node").map(({ ip }) => ip));
  };

  it("is written anew when the machine has another one, and no endpoint is missing meanwhile", async () => {
    const labels = { ...composeLabels("moved", "db"), ...proxyLabels("6379") };
    await node().runContainer({ labels, publish: ["7001:6379"] });
    await eventually(() => assert.equal(seen().stateOf("db"), "ready"), soon);
    assert.deepEqual(await published("db"), [node().address]);
    const now = node().address.replace(/[0-9]+$/, "77");
    const { run } = node();
    await run("ip", "address", "add", `${now}/24`, "dev", "eth0");
    await run("ip", "address", "del", `${node().address}/24`, "dev", "eth0");
    await run("ip", "address", "add", `${now}/24`, "dev", "eth0").catch(() => undefined);
    await eventually(
      async () => assert.deepEqual(await recorded().then((it) => [it?.address, it?.synced]), [now, true]),
      soon,
    );
    assert.deepEqual(await published("db"), [now]);
    assert.equal(seen().deletes(), 0);
    assert.match(await node().registrar.log(), /this node has another address/);
    await run("ip", "address", "add", `${node().address}/24`, "dev", "eth0");
  });
});
