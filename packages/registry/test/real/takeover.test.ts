import assert from "node:assert/strict";
import { nodeKey, openRegistry, type RegistryClient, startNodePublisher, subscribe } from "@fairway/registry";
import { type EtcdCluster, startEtcd, until } from "./etcd.ts";
import { endpoints, ownNode } from "./node.ts";
import { createLogRecorder, createRecorder } from "./recorder.ts";

describe("takeover", () => {
  let etcd: EtcdCluster;
  let client: RegistryClient;
  let controller: AbortController;

  beforeEach(async () => {
    etcd = await startEtcd();
    client = openRegistry({ endpoints: etcd.endpoints, prefix: "/fairway/v1" });
    controller = new AbortController();
  });

  afterEach(async () => {
    controller.abort();
    client.close();
    await etcd.remove();
  });

  it("puts each record under a new lease and deletes none", async () => {
    const log = createLogRecorder();
    const first = new AbortController();
    const wanted = endpoints("n1", 250);
    const options = { client, node: ownNode("n1"), leaseTtlMs: 5000, wanted, log };
    const former = startNodePublisher({ ...options, signal: first.signal });
    await former.settled();
    const before = former.state();
    first.abort();
    await former.ended;

    const seen = createRecorder();
    const selectors = [{ prefix: "endpoints/" }, { key: nodeKey("n1") }];
    void subscribe({ client, selectors, onEvent: seen.onEvent, relistAfterMs: 60_000, signal: controller.signal });
    await until(() => seen.count("listed") === 1);

    const next = startNodePublisher({ ...options, signal: controller.signal });
    await next.settled();
    const after = next.state();
    assert.notEqual(after.lease, before.lease);
    const changes = () => seen.events.flatMap((event) => (event.type === "changed" ? event.changes : []));
    await until(() => changes().length === 252);
    assert.deepEqual(
      changes().filter((change) => change.type === "delete"),
      [],
    );
    assert.equal(await client.keysOfLease(before.lease ?? ""), undefined);
  });
});
