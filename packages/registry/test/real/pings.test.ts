import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { openRelay } from "./relay.ts";
import { until } from "./until.ts";
import { createWorld, type World } from "./world.ts";

/** A ping is due after 10 s. */
const quietMs = 11_000;

describe("pings", () => {
  let world: World;

  before(async () => {
    world = await createWorld();
  });

  after(() => world.end());

  it("are sent on connections with a watch, and on no other: etcd throws out who pings without a call", async () => {
    const relays = await Promise.all([openRelay(world.member.endpoint), openRelay(world.member.endpoint)]);
    const [watched, idle] = relays;
    const seen = world.subscribe([{ prefix: "endpoints/" }], 600_000, world.open({ endpoints: [watched.endpoint] }));
    await until(() => seen.count("listed") === 1);
    await world.open({ endpoints: [idle.endpoint] }).get(["x"]);
    await delay(quietMs);
    assert.deepEqual([watched.pings(), idle.pings()], [1, 0]);
    assert.deepEqual([watched.connections(), idle.connections()], [1, 1]);
    assert.equal(seen.count("lost"), 0);
    for (const each of relays) each.close();
  });
});
