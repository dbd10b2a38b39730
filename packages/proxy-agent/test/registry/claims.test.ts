import assert from "node:assert/strict";
import { cacheSnapshotSchema } from "../../src/registry/cache-snapshot.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { bridge, claimedAt, deleted, given, keyOf, keyOfClaim, type Given } from "../given.ts";
import { cacheOf, judge, portsChangedBy } from "./a-cache.ts";

const port = 6379;
const shop = keyOf({ project: "shop", service: "db" });
const evil = keyOf({ project: "evil", service: "db" });

/** `shop` with an endpoint and a claim, `evil` with a younger one. */
function both(): Given {
  return given()
    .node("node-1")
    .service("shop", "db")
    .endpoint()
    .service("evil", "db")
    .endpoint({ addresses: [bridge("172.17.0.3")] });
}

/** The holders of the port, oldest first. */
function holders(cache: RegistryCache) {
  return cache.holdersOf(port).map(({ project, state }) => `${project} ${state}`);
}

/** What the next agent begins with. */
function restarted(cache: RegistryCache): RegistryCache {
  return new RegistryCache({ snapshot: cacheSnapshotSchema.parse(JSON.parse(JSON.stringify(cache.snapshot()))) });
}

describe("claims on front ports", () => {
  it("are held with their age, the create revision, however often they are written", () => {
    const cache = cacheOf(given(10n).claim("evil", port).claim("shop", port, 3n));
    assert.deepEqual(holders(cache), ["shop claimed", "evil claimed"]);
    assert.deepEqual(cache.holdersOf(port)[0], {
      port,
      project: "shop",
      state: "claimed",
      age: 3n,
      claimedAt: claimedAt(3n),
      shares: [],
    });
    const before = cache.holdersOf(port);
    cache.onEvent(given(20n).claim("shop", port, 3n).changed(), 0);
    assert.equal(cache.holdersOf(port), before, "the same object");
  });

  it("change the port that they are on, and no other", () => {
    const cache = cacheOf(both());
    const other = cache.holdersOf(7000);
    const claim = () => cache.onEvent(given(20n).claim("bank", port).claim("bank", 7001).changed(), 0);
    assert.deepEqual(portsChangedBy(cache, claim), [port, 7001]);
    assert.deepEqual(portsChangedBy(cache, claim), []);
    assert.equal(cache.holdersOf(7000), other);
  });

  it("that are none of the ordinary proxies' are told and held for nobody", () => {
    const key = "claims/*/shop/db/6379";
    const cache = cacheOf(given().put(key, "{}").put("claims/*/shop/6379", `{"v":2}`));
    assert.deepEqual([...cache.unreadable.values()].map(({ code }) => code).sort(), [
      "key-not-valid",
      "record-newer-version",
    ]);
    assert.deepEqual(holders(cache), []);
  });

  it("that have gone stay in force while something of their holder is here, missing endpoints and orphans included", () => {
    const cache = cacheOf(both());
    cache.onEvent(deleted(20n, keyOfClaim("shop", port)), 0);
    assert.deepEqual(holders(cache), ["shop gone", "evil claimed"]);
    cache.onEvent(deleted(21n, shop, "nodes/node-1"), 0);
    assert.deepEqual([holders(cache), cache.missing.size], [["shop gone", "evil claimed"], 1]);
    judge(cache, given(22n), 0);
    assert.deepEqual([holders(cache), cache.missing.orphans().size], [["shop gone", "evil claimed"], 1]);
    assert.deepEqual(holders(restarted(cache)), ["shop gone", "evil claimed"]);
    cache.dropOrphans([shop]);
    assert.deepEqual(holders(cache), ["evil claimed"]);
  });

  it("stay while their holder has nothing here", () => {
    const cache = cacheOf(both());
    cache.onEvent(deleted(20n, shop), 0);
    judge(cache, given(22n).node("node-1"), 0);
    assert.deepEqual([cache.endpoints.size, holders(cache)], [1, ["shop claimed", "evil claimed"]]);
    assert.deepEqual(holders(restarted(cache)), ["shop claimed", "evil claimed"]);
  });

  it("are taken in and let go by a list too", () => {
    const cache = cacheOf(both());
    cache.onEvent(given(30n).claim("bank", port).listed(), 0);
    assert.deepEqual(holders(cache), ["shop gone", "evil gone", "bank claimed"]);
  });

  it("are waited for 3 s from when an endpoint without one was first seen", () => {
    const cache = cacheOf(given().of("shop", "db").endpoint(), 10_000);
    assert.deepEqual([holders(cache), cache.nextHolder], [["shop awaited"], 13_000]);
    cache.onEvent(
      given(9n)
        .of("shop", "db")
        .endpoint({ container: "two", addresses: [bridge("172.17.0.4")] })
        .changed(),
      12_000,
    );
    cache.takeChanges(12_999);
    assert.deepEqual(holders(cache), ["shop awaited"]);
    assert.deepEqual([...cache.takeChanges(13_000).changed.keys()], [port]);
    assert.deepEqual([holders(cache), cache.nextHolder], [["shop unclaimed"], Infinity]);
    cache.onEvent(given(20n).claim("shop", port).changed(), 14_000);
    assert.deepEqual(holders(cache), ["shop claimed"]);
  });

  it("are not waited for by what an earlier agent knew already", () => {
    const cache = restarted(cacheOf(given().of("shop", "db").endpoint(), 10_000));
    cache.takeChanges(10_001);
    assert.deepEqual(holders(cache), ["shop unclaimed"]);
  });

  it("lack in the order in which endpoints came into the registry, whatever the order they were seen in", () => {
    const older = given(5n).of("shop", "db").endpoint();
    const younger = given(9n)
      .of("evil", "db")
      .endpoint({ addresses: [bridge("172.17.0.3")] });
    for (const records of [
      [older, younger],
      [younger, older],
    ]) {
      const cache = new RegistryCache();
      for (const each of records) cache.onEvent(each.changed(), 0);
      cache.takeChanges(3000);
      assert.deepEqual(holders(cache), ["shop unclaimed", "evil unclaimed"]);
    }
  });

  it("that an older version's snapshot does not have are missing until they are seen, and all is served", () => {
    const { holders: _, ...older } = cacheOf(both()).snapshot();
    const written = {
      ...older,
      services: [
        ["shop/db", "1"],
        ["evil/db", "4"],
      ],
    };
    const cache = new RegistryCache({ snapshot: cacheSnapshotSchema.parse(JSON.parse(JSON.stringify(written))) });
    cache.takeChanges(0);
    assert.deepEqual([cache.endpoints.size, holders(cache)], [2, ["shop unclaimed", "evil unclaimed"]]);
  });

  it("leave a snapshot that an older version reads", () => {
    assert.deepEqual(cacheOf(both()).snapshot().services, []);
  });

  it("that a backup has are as old as they were, and those it lacks stay older than all that come", () => {
    const cache = cacheOf(given(100n).service("shop", "db").endpoint().claim("bank", port));
    cache.onEvent(deleted(110n, keyOfClaim("bank", port)), 0);
    cache.onEvent(
      given(110n)
        .service("late", "db")
        .endpoint({ addresses: [bridge("172.17.0.5")] })
        .changed(),
      0,
    );
    const backup = given(50n).claim("old", port, 40n);
    cache.onEvent({ ...listed(backup), hasForgotten: true }, 0);
    assert.deepEqual(holders(cache), ["old claimed", "shop gone", "late gone"]);
    cache.onEvent(given(60n).claim("evil", port).changed(), 0);
    assert.deepEqual(holders(cache), ["old claimed", "shop gone", "late gone", "evil claimed"]);
  });

  it("keep whom the owner let in while it has nothing there", () => {
    const settings = { SHARE: "green" };
    const cache = cacheOf(given().node("node-1").service("shop", "db").endpoint({ settings }).claim("green", port));
    const shares = () => cache.holdersOf(port)[0]?.shares;
    assert.deepEqual(shares(), ["green"]);
    cache.onEvent(deleted(20n, shop), 0);
    judge(cache, given(22n).node("node-1"), 0);
    assert.deepEqual([cache.endpoints.size, shares()], [0, ["green"]]);
    assert.deepEqual(restarted(cache).holdersOf(port)[0]?.shares, ["green"]);
    cache.onEvent(given(30n).service("shop", "db").endpoint().changed(), 0);
    assert.deepEqual(shares(), []);
  });

  it("keep an owner's last orphan, whatever lives of others on its port", () => {
    const cache = cacheOf(both());
    cache.onEvent(deleted(20n, shop, "nodes/node-1"), 0);
    judge(cache, given(21n), 0);
    cache.dropExpired(1_000_000, 1000, () => true);
    assert.deepEqual(
      cache
        .atPort(port)
        .map(({ endpoint }) => endpoint.key)
        .sort(),
      [evil, shop],
    );
  });
});

function listed(records: Given) {
  const event = records.listed();
  assert.ok(event.type === "listed");
  return event;
}
