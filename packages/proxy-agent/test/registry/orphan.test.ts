import assert from "node:assert/strict";
import { RegistryCache } from "../../src/registry/cache.ts";
import { cacheSnapshotSchema } from "../../src/registry/cache-snapshot.ts";
import { bridge, deleted, given, keyOf } from "../given.ts";
import { db, graceMs, judge, one, pair, portsChangedBy, served, cacheOf } from "./a-cache.ts";

const two = keyOf(db, { container: "two" });

describe("an orphan", () => {
  /** The pair, of which the registrar is gone since time 0. */
  function orphans(): RegistryCache {
    const cache = cacheOf(pair().node("node-1"));
    cache.onEvent(deleted(9n, "nodes/node-1", one, two), 0);
    judge(cache, given(), 0);
    assert.equal(served(cache).length, 2);
    return cache;
  }

  it("is served as before, marked as not living", () => {
    assert.deepEqual(
      orphans()
        .atPort(6379)
        .map(({ isLiving }) => isLiving),
      [false, false],
    );
  });

  it("lives again when its record is back", () => {
    const cache = orphans();
    cache.onEvent(given(20n).endpoint().changed(), 1);
    assert.equal(cache.missing.has(one), false);
  });

  it("leaves when its node is synced without it, and not before the registry was asked", () => {
    const cache = orphans();
    const back = given(20n).node("node-1", { session: "session-2" }).endpoint();
    cache.onEvent(back.changed(), 1);
    assert.equal(served(cache).length, 2);
    judge(cache, back, 1);
    assert.deepEqual(served(cache), [one]);
  });

  it("stays while its node is back but not synced", () => {
    const cache = orphans();
    cache.onEvent(given(20n).node("node-1", { session: "session-2", synced: false }).changed(), 1);
    assert.deepEqual([cache.missing.due(1).length, served(cache).length], [0, 2]);
  });

  it("leaves when a living record has its address and port", () => {
    const cache = orphans();
    const thief = given(20n)
      .service("other", "web")
      .endpoint({ container: "thief", listen: [{ port: 80, ssl: false }] });
    assert.deepEqual(
      portsChangedBy(cache, () => cache.onEvent(thief.changed(), 1)),
      [80, 6379],
    );
    assert.deepEqual(served(cache), [keyOf(db, { container: "two" })]);
  });

  it("does not yield to the same address of another node's own network", () => {
    const cache = orphans();
    cache.onEvent(given(20n).service("other", "web").endpoint({ node: "node-2" }).changed(), 1);
    assert.ok(served(cache).includes(one));
  });

  it("is not even held when a living record has its address already", () => {
    const cache = cacheOf(given().endpoint());
    cache.onEvent(given(5n).service("other", "web").endpoint().changed(), 0);
    cache.onEvent(deleted(9n, one), 0);
    assert.ok(!served(cache).includes(one));
  });

  for (const [what, machine] of [
    ["engine", { engineId: "engine-2" }],
    ["boot", { bootId: "boot-2" }],
  ] as const) {
    it(`leaves when its node is back with another ${what}`, () => {
      const cache = orphans();
      cache.onEvent(
        given(20n)
          .node("node-1", { ...machine, session: "session-2", synced: false })
          .changed(),
        1,
      );
      assert.deepEqual(served(cache), []);
    });
  }

  describe("of a machine that has another name now", () => {
    const renamed = (facts: object) => given(20n).node("node-new", { engineId: "engine-1", ...facts });
    const rows: readonly (readonly [string, object, readonly string[]])[] = [
      ["leaves when that one has booted since", { bootId: "boot-2", synced: false }, []],
      ["leaves when that one is synced", {}, []],
      ["stays until that one is synced", { synced: false }, [one, two]],
      [
        "stays when that one has another address: it is a clone",
        { address: "198.18.0.12", bootId: "boot-2" },
        [one, two],
      ],
      ["stays when that one has another engine", { engineId: "engine-2" }, [one, two]],
    ];
    for (const [title, facts, expected] of rows) {
      it(title, () => {
        const cache = orphans();
        cache.onEvent(renamed(facts).changed(), 1);
        assert.deepEqual(served(cache), expected);
      });

      it(`${title}, also when it was there before the former name's record ended`, () => {
        const cache = cacheOf(pair().node("node-1"));
        cache.onEvent(renamed(facts).changed(), 0);
        cache.onEvent(deleted(30n, "nodes/node-1", one, two), 1);
        judge(cache, renamed(facts), 1);
        assert.deepEqual(served(cache), expected);
      });
    }
  });

  it("leaves when its check fails, and only a republished record revives it", () => {
    const cache = orphans();
    assert.deepEqual(
      portsChangedBy(cache, () => cache.dropOrphans([one])),
      [6379],
    );
    assert.ok(!served(cache).includes(one));
    cache.onEvent(given(20n).endpoint().changed(), 1);
    assert.ok(served(cache).includes(one));
    cache.dropOrphans([one]);
    assert.ok(served(cache).includes(one));
  });

  const three = keyOf(db, { container: "three" });
  const works = (_: unknown, key: string) => key === three;

  it("leaves after ORPHAN_GRACE beside a living server that works", () => {
    const cache = orphans();
    cache.onEvent(
      given(20n)
        .endpoint({ container: "three", addresses: [bridge("172.17.0.4")] })
        .changed(),
      1,
    );
    cache.dropExpired(graceMs - 1, graceMs, works);
    assert.equal(served(cache).length, 3);
    cache.dropExpired(graceMs, graceMs, () => false);
    assert.equal(served(cache).length, 3, "nobody knows that it works");
    cache.dropExpired(graceMs, graceMs, works);
    assert.deepEqual(served(cache), [three]);
  });

  it("stays past ORPHAN_GRACE as one of a listener's last servers", () => {
    const cache = orphans();
    cache.onEvent(
      given(20n)
        .endpoint({ container: "three", state: "starting", addresses: [bridge("172.17.0.4")] })
        .changed(),
      1,
    );
    cache.dropExpired(graceMs * 2, graceMs, works);
    assert.equal(served(cache).length, 3);
  });

  it("is known again by the next agent, with its deadline", () => {
    const written = JSON.stringify(orphans().snapshot());
    const cache = new RegistryCache({ snapshot: cacheSnapshotSchema.parse(JSON.parse(written)) });
    assert.deepEqual(cache.snapshot(), JSON.parse(written));
    assert.equal(cache.isComplete, false);
    cache.onEvent(
      given(20n)
        .endpoint({ container: "three", addresses: [bridge("172.17.0.4")] })
        .listed(),
      1,
    );
    cache.dropExpired(graceMs, graceMs, works);
    assert.deepEqual(served(cache), [three]);
  });
});
