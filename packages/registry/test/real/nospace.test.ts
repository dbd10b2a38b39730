import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { endpointAt, endpoints } from "./node.ts";
import { until } from "./until.ts";
import { createWorld, type World } from "./world.ts";

const leaseTtlMs = 3000;

describe("an etcd whose space is used up", () => {
  let world: World;

  before(async () => {
    world = await createWorld({ args: ["--quota-backend-bytes", String(2 * 1024 * 1024)] });
  });

  after(() => world.end());

  const fill = async () => {
    const value = "x".repeat(64 * 1024);
    for (let n = 0; n < 80; n++) await world.member.ctl("put", `junk/${n}`, value).catch(() => undefined);
    assert.match(await world.member.ctl("alarm", "list"), /NOSPACE/);
  };

  const free = async () => {
    const { ctl } = world.member;
    await ctl("del", "--prefix", "junk/");
    await ctl("compact", String((await world.client.get(["x"])).revision));
    await ctl("defrag");
    await ctl("alarm", "disarm");
  };

  it("keeps every record over a registrar's restart, takes what leaves, and is exact afterwards", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 5), leaseTtlMs });
    await publisher.settled();
    const seen = world.subscribe([{ prefix: "endpoints/" }]);
    await until(() => seen.view().size === 5);
    await fill();
    publisher.set(new Map([[endpointAt("n1", 4), undefined]]));
    await until(() => seen.view().size === 4);
    await publisher.stop();
    const wanted = new Map([...endpoints("n1", 3), [endpointAt("n1", 9), "new"]]);
    const next = world.publish({ wanted, leaseTtlMs });
    await until(() => /space exceeded/.test(next.state().waitingFor ?? ""));
    await delay(2 * leaseTtlMs);
    assert.equal(seen.view().size, 4);
    await free();
    await next.settled();
    await until(() => seen.view().size === 4 && seen.view().get(endpointAt("n1", 9)) === "new");
    assert.equal(seen.count("lost"), 0);
  });
});
