import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { openRelay, type Relay } from "./relay.ts";
import { until } from "./until.ts";
import { createWorld, type World } from "./world.ts";

const oneWayMs = 150;
const key = "endpoints/shop/db/6379/n1/aa11bb22cc33";

describe("an etcd that is a round trip of 300 ms away", () => {
  let world: World;
  let relay: Relay;

  before(async () => {
    world = await createWorld();
    relay = await openRelay(world.member.endpoint, oneWayMs);
  });

  after(async () => {
    await world.end();
    relay.close();
  });

  it("is published to and subscribed to, and leases outlive their TTL", async () => {
    const far = () => world.open({ endpoints: [relay.endpoint] });
    const begun = performance.now();
    const publisher = world.publish({ client: far(), wanted: new Map([[key, "1"]]), leaseTtlMs: 3000 });
    await publisher.settled();
    const publishedMs = performance.now() - begun;
    const { session } = publisher.state();
    const seen = world.subscribe([{ prefix: "endpoints/" }], 1000, far());
    await until(() => seen.view().get(key) === "1");
    const changedAt = performance.now();
    publisher.set(new Map([[key, "2"]]));
    await until(() => seen.view().get(key) === "2");
    const changedMs = performance.now() - changedAt;
    // Three TTLs of the lease, and as many looks.
    await delay(9000);
    assert.equal(publisher.state().session, session);
    assert.deepEqual([seen.count("listed"), seen.count("lost"), seen.log.lines], [1, 0, []]);
    assert.ok(seen.count("compared") >= 3, `${seen.count("compared")} looks`);
    assert.ok(publishedMs < 6000 && changedMs < 2000, `published in ${publishedMs} ms, changed in ${changedMs} ms`);
  });
});
