import assert from "node:assert/strict";
import { proxyKey } from "@fairway/contract";
import { type LeasedRecord, startLeasedRecord } from "@fairway/registry";
import { snapshot } from "./etcd.ts";
import { remove } from "./puts.ts";
import { wait } from "@fairway/loop";
import { until } from "./until.ts";
import { createWorld, type World } from "./world.ts";

const key = proxyKey("n1", "shop_lb_1");

describe("a leased record", () => {
  let world: World;
  let controller: AbortController;
  let record: LeasedRecord;

  beforeEach(async () => {
    world = await createWorld();
    controller = new AbortController();
    record = startLeasedRecord({ client: world.open(), key, leaseTtlMs: 1500, signal: controller.signal });
    record.set("v1");
  });

  afterEach(async () => {
    controller.abort();
    await record.ended;
    await world.end();
  });

  const stored = async () => (await world.client.get([key])).stored[0];
  const holds = (value: string) => until(async () => (await stored())?.value === value);

  it("is written under a lease, and only when it changes", async () => {
    await record.settled();
    const first = await stored();
    assert.equal(first?.value, "v1");
    assert.deepEqual(await world.client.keysOfLease(first?.lease ?? ""), [key]);
    record.set("v1");
    await record.settled();
    assert.equal((await stored())?.modRevision, first?.modRevision);
    record.set("v2");
    await record.settled();
    assert.deepEqual([(await stored())?.value, (await stored())?.lease], ["v2", first?.lease]);
  });

  it("comes back after its lease ran out", async () => {
    await record.settled();
    const lease = (await stored())?.lease ?? "";
    await world.client.revokeLease(lease);
    await until(async () => (await stored())?.lease !== lease && (await stored())?.value === "v1");
  });

  it("comes back after a deletion and after a restored backup", async () => {
    await record.settled();
    await remove(world.client, [key]);
    await holds("v1");
    const restore = await snapshot(world.etcd);
    record.set("v2");
    await record.settled();
    await restore();
    await holds("v2");
  });

  it("comes back after a silent partition", async () => {
    await record.settled();
    const before = (await stored())?.lease;
    world.member.freeze();
    record.set("v2");
    await wait(2000, controller.signal);
    world.member.thaw();
    await holds("v2");
    assert.notEqual((await stored())?.lease, before);
  });

  it("does not fight for its key", async () => {
    await record.settled();
    const { revision } = await world.client.transact([], [{ type: "put", key, value: "another program's" }]);
    const seen = world.subscribe([{ key }]);
    await until(() => seen.count("listed") === 1);
    record.set("v2");
    await record.settled();
    await until(() => seen.view().get(key) === "v2");
    assert.equal((await stored())?.modRevision, revision + 1n);
  });

  it("is gone, lease and all, once it is removed", async () => {
    await record.settled();
    const lease = (await stored())?.lease ?? "";
    await record.remove();
    assert.equal(await stored(), undefined);
    assert.equal(await world.client.keysOfLease(lease), undefined);
  });
});
