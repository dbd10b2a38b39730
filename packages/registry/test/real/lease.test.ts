import assert from "node:assert/strict";
import { HeldLease } from "../../src/held-lease.ts";
import { startStopwatch } from "../../../../test/lab/stalled.ts";
import { until } from "./until.ts";
import { createWorld, type World } from "./world.ts";

describe("a held lease", () => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld();
  });

  afterEach(() => world.end());

  it("is named as etcdctl names it", async () => {
    const held = await HeldLease.grant(world.client, 10_000);
    const listed = await world.member.ctl("lease", "list");
    assert.ok(listed.split("\n").includes(held.lease), listed);
    held.stop();
  });

  it("outlives its TTL while it is held, and runs out when it is not", async () => {
    const held = await HeldLease.grant(world.client, 1000);
    const other = await world.client.grantLease(2500);
    await until(async () => (await world.client.keysOfLease(other.lease)) === undefined);
    assert.deepEqual(await world.client.keysOfLease(held.lease), []);
    held.stop();
    await until(async () => (await world.client.keysOfLease(held.lease)) === undefined);
  });

  it("is lost when etcd has it no more", async () => {
    const held = await HeldLease.grant(world.client, 1500);
    await world.client.revokeLease(held.lease);
    assert.equal(await held.lost, "etcd no longer has the lease");
  });

  it("is lost when no keepalive was answered for its TTL, and not before", async () => {
    const held = await HeldLease.grant(world.client, 2000);
    const [frozenAt, workedMs] = [performance.now(), startStopwatch(2300)];
    world.member.freeze();
    assert.equal(await held.lost, "no keepalive was answered for 2 s");
    const [tookMs, tookAtMostMs] = [performance.now() - frozenAt, workedMs()];
    assert.ok(
      tookMs > 1200 && tookAtMostMs < 2300,
      `${tookMs} ms, of which at most ${tookAtMostMs} ms had a processor`,
    );
  });
});
