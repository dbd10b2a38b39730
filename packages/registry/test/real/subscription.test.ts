import assert from "node:assert/strict";
import { once } from "node:events";
import { subscribe, type SubscriptionEvent } from "@fairway/registry";
import { snapshot } from "./etcd.ts";
import { put, remove } from "./puts.ts";
import { until } from "./until.ts";
import { createWorld, type World } from "./world.ts";

const all = [{ prefix: "endpoints/" }];

describe("a subscription", () => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld();
  });

  afterEach(() => world.end());

  it("lists prefixes and single keys at one revision, then tells each change", async () => {
    const { client, subscribe } = world;
    await put(client, { "endpoints/a/x": "1", "endpoints/b/x": "2", "nodes/n1": "3", "nodes/n2": "4" });
    const seen = subscribe([{ prefix: "endpoints/a/" }, { prefix: "claims/*/" }, { key: "nodes/n1" }]);
    await until(() => seen.count("listed") === 1);
    assert.deepEqual(
      [...seen.view()],
      [
        ["endpoints/a/x", "1"],
        ["nodes/n1", "3"],
      ],
    );
    await put(client, { "endpoints/a/y": "5", "endpoints/b/y": "6", "claims/*/a/1": "7", "nodes/n2": "8" });
    await remove(client, ["nodes/n1"]);
    await until(() => seen.view().get("claims/*/a/1") === "7" && !seen.view().has("nodes/n1"));
    assert.deepEqual(new Set(seen.view().keys()), new Set(["endpoints/a/x", "endpoints/a/y", "claims/*/a/1"]));
    assert.deepEqual([seen.count("listed"), seen.count("lost")], [1, 0]);
  });

  it("says lost once when etcd is away from the start, and lists as soon as it is there", async () => {
    await world.member.kill();
    const client = world.open();
    let attempts = 0;
    const list: typeof client.list = (selectors) => {
      attempts += 1;
      return client.list(selectors);
    };
    const seen = world.subscribe(all, 600_000, { ...client, list });
    await until(() => attempts === 4);
    await world.member.start();
    await until(() => seen.count("listed") === 1, 3000);
    assert.deepEqual(
      seen.events.map(({ type }) => type),
      ["lost", "listed"],
    );
    assert.deepEqual(
      seen.log.lines.map((line) => line.split(" {")[0]),
      ["warn registry lost", "info registry is back"],
    );
  });

  it("says lost once when etcd is killed, and tells what changed meanwhile, its history compacted", async () => {
    const { client, member } = world;
    await put(client, { "endpoints/kept": "1", "endpoints/gone": "1" });
    const own = world.open();
    let compacted: Promise<unknown> | undefined;
    // A watch that begins while etcd compacts may never hear of a delete.
    const survey: typeof own.survey = async (...args) => {
      await compacted;
      return own.survey(...args);
    };
    const seen = world.subscribe(all, 600_000, { ...own, survey });
    await until(() => seen.count("listed") === 1);
    const gate = new EventTarget();
    compacted = once(gate, "open");
    await member.kill();
    await until(() => seen.count("lost") === 1);
    await member.start();
    await remove(client, ["endpoints/gone"]);
    await member.ctl("compact", String((await client.get(["x"])).revision));
    gate.dispatchEvent(new Event("open"));
    await until(() => seen.count("compared") === 1);
    assert.deepEqual([...seen.view().keys()], ["endpoints/kept"]);
    assert.deepEqual(
      seen.events.map(({ type }) => type),
      ["listed", "lost", "compared"],
    );
    await put(client, { "endpoints/later": "1" });
    await until(() => seen.view().has("endpoints/later"));
  });

  it("ends a watch whose revision is compacted, with that reason", async () => {
    const { client, member } = world;
    await put(client, { "endpoints/a": "1" });
    await put(client, { "endpoints/a": "2" });
    const { revision } = await client.get(["x"]);
    await member.ctl("compact", String(revision));
    const reason = await new Promise<string>((resolve) => {
      client.watch(all, 1n, { onOpen: () => undefined, onChanges: () => undefined, onEnd: resolve });
    });
    assert.equal(reason, `etcd compacted its history up to revision ${revision}`);
  });

  it("lists the lower revision of a restored backup, and tells what changes after it", async () => {
    const { client } = world;
    await put(client, { "endpoints/a": "old" });
    const restore = await snapshot(world.etcd);
    for (let n = 0; n < 20; n++) await put(client, { "endpoints/a": `new ${n}` });
    const seen = world.subscribe(all);
    await until(() => seen.count("listed") === 1);
    const before = (await client.get(["x"])).revision;
    await restore();
    await until(() => seen.count("listed") === 2);
    assert.equal(seen.view().get("endpoints/a"), "old");
    await put(client, { "endpoints/a": "newer" });
    await until(() => seen.view().get("endpoints/a") === "newer");
    assert.ok((await client.get(["x"])).revision < before, "the new change has a lower revision than the old ones");
  });

  it("tells whether the registry knows a write that was seen, also when its revision has been passed since", async () => {
    const { client, member } = world;
    await put(client, { "endpoints/a": "1" });
    const [kept] = (await client.get(["endpoints/a"])).stored;
    const restore = await snapshot(world.etcd);
    await put(client, { "endpoints/b": "1" });
    const [lost] = (await client.get(["endpoints/b"])).stored;
    assert.ok(kept && lost);
    const told = async (newest: typeof kept) => {
      const events: SubscriptionEvent[] = [];
      const stop = new AbortController();
      const options = { client, selectors: all, lookAfterMs: 600_000, newest: () => newest, signal: stop.signal };
      const ended = subscribe({ ...options, onEvent: (event) => events.push(event) });
      await until(() => events.length > 0);
      stop.abort();
      await ended;
      return events.map((event) => event.type === "listed" && event.hasForgotten);
    };
    assert.deepEqual([await told(kept), await told(lost)], [[false], [false]]);
    await restore();
    assert.deepEqual([await told(kept), await told(lost)], [[false], [true]], "a revision yet to come");
    for (let n = 0; n < 5; n++) await put(client, { "endpoints/c": `${n}` });
    assert.ok((await client.get(["x"])).revision > lost.modRevision);
    assert.deepEqual([await told(kept), await told(lost)], [[false], [true]]);
    await member.ctl("compact", String((await client.get(["x"])).revision));
    assert.deepEqual(await told(lost), [false], "of a compacted history nothing can be said");
    assert.deepEqual([await client.wasWritten(kept), await client.wasWritten(lost)], [true, undefined]);
    const ofAnother = { ...kept, lease: "0568a20269708f05" };
    assert.equal(await client.wasWritten(ofAnother), undefined, "the same key at the same revision of another history");
  });

  it("notices a silent partition within 16 s, and a newcomer does not hang in it either", async () => {
    const seen = world.subscribe(all);
    await until(() => seen.count("listed") === 1);
    world.member.freeze();
    const newcomer = world.subscribe(all);
    await until(() => seen.count("lost") === 1, 16_000);
    await until(() => newcomer.count("lost") === 1, 16_000);
    world.member.thaw();
    await until(() => seen.count("compared") === 1 && newcomer.count("listed") === 1);
    await put(world.client, { "endpoints/a": "1" });
    await until(() => seen.view().has("endpoints/a"));
  });

  it("to a single key lists it again after a time without a loss", async () => {
    const seen = world.subscribe([{ key: "nodes/n1" }], 200);
    await until(() => seen.count("listed") >= 3);
    assert.equal(seen.count("lost"), 0);
    assert.deepEqual(seen.log.lines, []);
  });

  it("tells the deletes of a lease's keys as one batch", async () => {
    const { client } = world;
    const { lease } = await client.grantLease(60_000);
    const keys = Array.from({ length: 100 }, (_, n) => `endpoints/${n}`);
    await client.transact(
      [],
      keys.map((key) => ({ type: "put", key, value: "1", lease }) as const),
    );
    const seen = world.subscribe(all);
    await until(() => seen.count("listed") === 1);
    await client.revokeLease(lease);
    await until(() => seen.view().size === 0);
    assert.deepEqual(
      seen.events.flatMap((event) => (event.type === "changed" ? [event.changes.length] : [])),
      [100],
    );
  });

  it("lists 50,000 endpoints", async () => {
    const { client } = world;
    const value = "x".repeat(650);
    const keys = Array.from({ length: 50_000 }, (_, n) => `endpoints/${n}`);
    for (let at = 0; at < keys.length; at += 1000) {
      const batches = Array.from({ length: 10 }, (_, n) => keys.slice(at + n * 100, at + (n + 1) * 100));
      const records = batches.map((batch) => Object.fromEntries(batch.map((key) => [key, value])));
      await Promise.all(records.map((each) => put(client, each)));
    }
    const seen = world.subscribe(all);
    await until(() => seen.count("listed") === 1);
    assert.equal(seen.view().size, 50_000);
    assert.equal(seen.count("lost"), 0);
  });
});
