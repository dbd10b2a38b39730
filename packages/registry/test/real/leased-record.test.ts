import assert from "node:assert/strict";
import { proxyKey } from "@fairway/contract";
import { type LeasedRecord, startLeasedRecord } from "@fairway/registry";
import { snapshot } from "./etcd.ts";
import { remove } from "./puts.ts";
import { changesOf } from "./recorder.ts";
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
    await holds("v1");
    const first = await stored();
    assert.deepEqual(await world.client.keysOfLease(first?.lease ?? ""), [key]);
    record.set("v1");
    record.set("v2");
    await holds("v2");
    const second = await stored();
    assert.deepEqual([second?.lease, second?.modRevision], [first?.lease, (first?.modRevision ?? 0n) + 1n]);
  });

  it("has the latest value although it changed while the lease was granted", async () => {
    const client = world.open();
    const granted = new AbortController();
    const grantLease: typeof client.grantLease = async (ttlMs) => {
      late.set("v2");
      return client.grantLease(ttlMs);
    };
    const { signal } = granted;
    const late = startLeasedRecord({ client: { ...client, grantLease }, key: `${key}-2`, leaseTtlMs: 1500, signal });
    late.set("v1");
    await until(async () => (await world.client.get([`${key}-2`])).stored[0]?.value === "v2");
    granted.abort();
    await late.ended;
  });

  it("comes back after its lease ran out", async () => {
    await holds("v1");
    const lease = (await stored())?.lease ?? "";
    await world.client.revokeLease(lease);
    await until(async () => (await stored())?.lease !== lease && (await stored())?.value === "v1");
  });

  it("comes back after a deletion and after a restored backup", async () => {
    await holds("v1");
    await remove(world.client, [key]);
    await holds("v1");
    const restore = await snapshot(world.etcd);
    record.set("v2");
    await holds("v2");
    await restore();
    await holds("v2");
  });

  it("comes back after a silent partition", async () => {
    await holds("v1");
    const before = (await stored())?.lease;
    world.member.freeze();
    record.set("v2");
    await wait(2000, controller.signal);
    world.member.thaw();
    await holds("v2");
    assert.notEqual((await stored())?.lease, before);
  });

  it("does not fight for its key", async () => {
    await holds("v1");
    const { revision } = await world.client.transact([], [{ type: "put", key, value: "another program's" }]);
    const seen = world.subscribe([{ key }]);
    await until(() => seen.count("listed") === 1);
    record.set("v2");
    await holds("v2");
    await until(() => seen.view().get(key) === "v2");
    assert.equal((await stored())?.modRevision, revision + 1n);
  });

  it("is gone, lease and all, once it is removed", async () => {
    await holds("v1");
    const lease = (await stored())?.lease ?? "";
    await record.remove();
    assert.equal(await stored(), undefined);
    assert.equal(await world.client.keysOfLease(lease), undefined);
  });

  it("is written again no sooner than its gap allows, though somebody deletes it again and again", async () => {
    const slow = startLeasedRecord({
      client: world.open(),
      key: `${key}-slow`,
      leaseTtlMs: 5000,
      leastGapMs: 1000,
      signal: controller.signal,
    });
    slow.set("v1");
    const puts = world.subscribe([{ key: `${key}-slow` }]);
    await until(async () => (await world.client.get([`${key}-slow`])).stored.length === 1);
    const end = performance.now() + 2500;
    while (performance.now() < end) {
      await remove(world.client, [`${key}-slow`]);
      await wait(50, controller.signal);
    }
    const count = changesOf(puts).filter(({ type }) => type === "put").length;
    assert.ok(count >= 1 && count <= 3, `${count} writes`);
    await slow.remove().catch(() => undefined);
  });
});
