import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { nodeKey, rejectionsKey } from "@fairway/contract";
import { leaveNode } from "@fairway/registry";
import { snapshot } from "./etcd.ts";
import { endpointAt, endpoints, ownNode } from "./node.ts";
import { put, remove } from "./puts.ts";
import { changesOf } from "./recorder.ts";
import { until } from "./until.ts";
import { createWorld, settledAnew, type StartedPublisher, type World } from "./world.ts";

const watched = [{ prefix: "endpoints/" }];
const messages = ({ log }: StartedPublisher) => log.lines.map((line) => line.split(" {")[0]);

describe("the publisher of a node", () => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld();
  });

  afterEach(() => world.end());

  const held = async () => {
    const { stored } = await world.client.list(watched);
    return new Map(stored.map(({ key, value }) => [key, value]));
  };

  it("writes nothing before it may begin, and then what is wanted by that time", async () => {
    let begin = () => undefined as void;
    const mayBegin = new Promise<void>((resolve) => (begin = resolve));
    const publisher = world.publish({ wanted: endpoints("n1", 3), mayBegin });
    await until(() => publisher.state().connected);
    await setTimeout(300);
    publisher.set(new Map([[endpointAt("n1", 1), "drained"]]));
    assert.deepEqual([await world.nodeRecord(), (await held()).size], [undefined, 0]);
    begin();
    await publisher.settled();
    assert.equal((await held()).get(endpointAt("n1", 1)), "drained");
  });

  it("writes one transaction for one change, and none for a value that stands already", async () => {
    const { client, publish } = world;
    const publisher = publish({ wanted: endpoints("n1", 3) });
    await publisher.settled();
    const before = (await client.get(["x"])).revision;
    publisher.set(new Map([[endpointAt("n1", 1), "v0"]]));
    await publisher.settled();
    assert.equal((await client.get(["x"])).revision, before);
    publisher.set(
      new Map([
        [endpointAt("n1", 0), undefined],
        [endpointAt("n1", 1), "v1"],
        [endpointAt("n1", 50), "new"],
      ]),
    );
    await publisher.settled();
    assert.equal((await client.get(["x"])).revision, before + 1n);
    const expected = [
      [endpointAt("n1", 1), "v1"],
      [endpointAt("n1", 2), "v0"],
      [endpointAt("n1", 50), "new"],
    ] as const;
    assert.deepEqual(await held(), new Map(expected));
  });

  it("takes the latest of many values for a key, with one transaction in flight", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 1) });
    await publisher.settled();
    const seen = world.subscribe(watched);
    await until(() => seen.count("listed") === 1);
    for (let n = 1; n <= 500; n++) publisher.set(new Map([[endpointAt("n1", 0), `v${n}`]]));
    await publisher.settled();
    await until(() => seen.view().get(endpointAt("n1", 0)) === "v500");
    assert.equal(changesOf(seen).length, 1);
  });

  it("refuses a key that is not its node's", () => {
    const publisher = world.publish();
    const foreign = endpointAt("n2", 1);
    assert.throws(() => publisher.set(new Map([[foreign, "x"]])), { message: `${foreign} is not a record of node n1` });
    publisher.set(new Map([[rejectionsKey("n1", "4f5c1b2a9d3e"), "{}"]]));
  });

  it("waits for an etcd that is away at the start; one line at loss, one at return", async () => {
    await world.member.kill();
    const publisher = world.publish({ wanted: endpoints("n1", 3) });
    await until(() => publisher.log.lines.length === 1);
    assert.match(publisher.state().waitingFor ?? "", /^the registry: .*ECONNREFUSED/);
    assert.equal(publisher.state().connected, false);
    await world.member.start();
    await publisher.settled();
    assert.equal((await held()).size, 3);
    assert.deepEqual(messages(publisher), ["warn registry lost", "info registry is back", "info node synced"]);
  });

  it("keeps its session through a short loss and writes what changed meanwhile", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 3), leaseTtlMs: 30_000 });
    await publisher.settled();
    const { session } = publisher.state();
    await world.member.kill();
    publisher.set(new Map([[endpointAt("n1", 0), "changed"]]));
    await until(() => !publisher.state().connected);
    await world.member.start();
    await publisher.settled();
    assert.equal((await held()).get(endpointAt("n1", 0)), "changed");
    assert.equal(publisher.state().session, session);
    // What was written meanwhile may be there before the session has told that it goes on.
    await until(() => publisher.state().connected);
    assert.deepEqual(messages(publisher), ["info node synced", "warn registry lost", "info registry is back"]);
  });

  it("rewrites everything in a new session when its lease ran out", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 3) });
    await publisher.settled();
    const { session, lease } = publisher.state();
    await world.client.revokeLease(lease ?? "");
    await settledAnew(publisher, session);
    assert.equal((await held()).size, 3);
    assert.equal((await world.nodeRecord())?.session, publisher.state().session);
  });

  it("rewrites everything in a new session after a restored backup, although lease and node record are its own", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 3), leaseTtlMs: 30_000 });
    await publisher.settled();
    const restore = await snapshot(world.etcd);
    publisher.set(new Map([[endpointAt("n1", 3), "younger than the backup"]]));
    await publisher.settled();
    const { session } = publisher.state();
    await restore();
    await settledAnew(publisher, session);
    assert.equal((await held()).get(endpointAt("n1", 3)), "younger than the backup");
    assert.match(publisher.log.lines.join("\n"), /registry-rewound/);
  });

  it("notices a restored backup by what others wrote, too", async () => {
    const client = world.open();
    let seenRevision = 0n;
    const keepAliveOnce = async (lease: string, deadlineMs: number) => {
      const renewal = await client.keepAliveOnce(lease, deadlineMs);
      seenRevision = renewal.revision;
      return renewal;
    };
    const options = { wanted: endpoints("n1", 3), leaseTtlMs: 6000 };
    const publisher = world.publish({ ...options, client: { ...client, keepAliveOnce } });
    await publisher.settled();
    const { session } = publisher.state();
    const restore = await snapshot(world.etcd);
    for (let n = 0; n < 20; n++) await put(world.client, { "endpoints/theirs": String(n) });
    const { revision } = await world.client.get(["x"]);
    await until(() => seenRevision === revision);
    await restore();
    await settledAnew(publisher, session);
    assert.match(publisher.log.lines.join("\n"), /registry-rewound/);
  });

  it("takes over from its predecessor's record in a restored backup at once", async () => {
    const former = world.publish({ wanted: endpoints("n1", 20), leaseTtlMs: 30_000 });
    await former.settled();
    const restore = await snapshot(world.etcd);
    await former.stop();
    const publisher = world.publish({ wanted: endpoints("n1", 20), leaseTtlMs: 30_000 });
    await publisher.settled();
    const { session } = publisher.state();
    const seen = world.subscribe(watched);
    await until(() => seen.count("listed") === 1);
    await restore();
    await settledAnew(publisher, session);
    await until(() => seen.count("listed") === 2);
    assert.deepEqual(
      changesOf(seen).filter(({ type }) => type === "delete"),
      [],
    );
    assert.equal(seen.view().size, 20);
  });

  it("loses its lease once in a silent partition, and writes a new session after it", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 3) });
    await publisher.settled();
    const { session } = publisher.state();
    world.member.freeze();
    await until(() => !publisher.state().synced, 10_000);
    world.member.thaw();
    await settledAnew(publisher, session);
    assert.equal((await held()).size, 3);
    const { lease } = publisher.state();
    assert.equal((await world.nodeRecord())?.lease, lease);
  });

  it("restores records that others changed, at the next resync", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 3), lookAfterMs: 200 });
    await publisher.settled();
    const { lease } = publisher.state();
    await remove(world.client, [endpointAt("n1", 0)]);
    await world.client.transact(
      [],
      [
        { type: "put", key: endpointAt("n1", 1), value: "tampered", lease },
        { type: "put", key: endpointAt("n1", 90), value: "not wanted", lease },
      ],
    );
    await until(async () => {
      assert.deepEqual(await held(), new Map(endpoints("n1", 3)));
    });
  });

  it("begins a new session when somebody deletes its node record", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 3) });
    await publisher.settled();
    const { session } = publisher.state();
    await remove(world.client, [nodeKey("n1")]);
    await settledAnew(publisher, session);
    assert.equal((await held()).size, 3);
  });

  it("leaves: endpoints first, then the node record while it says synced, then the lease", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 120) });
    await publisher.settled();
    const { lease } = publisher.state();
    const seen = world.subscribe([{ prefix: "endpoints/" }, { key: nodeKey("n1") }]);
    await until(() => seen.count("listed") === 1);
    await publisher.stop();
    assert.deepEqual(await leaveNode(world.client, ownNode("n1")), { type: "left", records: 120 });
    assert.equal(await world.client.keysOfLease(lease ?? ""), undefined);
    await until(() => seen.view().size === 0);
    const last = changesOf(seen).at(-1);
    assert.ok(last?.type === "delete" && last.key === nodeKey("n1"));
    assert.deepEqual(await leaveNode(world.client, ownNode("n1")), { type: "absent" });
  });

  it("does not leave for a node whose registrar runs", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 1) });
    await publisher.settled();
    const outcome = await leaveNode(world.client, ownNode("n1"));
    assert.deepEqual(outcome, { type: "refused", reason: "the registrar of n1 is running: stop it first" });
    assert.equal((await held()).size, 1);
  });

  it("does not leave for a node of another engine", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 1) });
    await publisher.settled();
    const reason = "nodes/n1 is of Docker engine E1, ours is E2";
    const outcome = await leaveNode(world.client, ownNode("n1", { engineId: "E2" }));
    assert.deepEqual(outcome, { type: "refused", reason });
    assert.equal((await held()).size, 1);
  });
});
