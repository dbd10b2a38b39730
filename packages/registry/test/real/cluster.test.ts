import assert from "node:assert/strict";
import { endpoints } from "./node.ts";
import { put } from "./puts.ts";
import { until } from "./until.ts";
import { createWorld, type World } from "./world.ts";

describe("an etcd of three members", () => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld({ members: 3 });
  });

  afterEach(() => world.end());

  it("serves on while any one member is killed", async () => {
    const publisher = world.publish({ wanted: endpoints("n1", 30), leaseTtlMs: 5000 });
    await publisher.settled();
    const { session } = publisher.state();
    const seen = world.subscribe([{ prefix: "endpoints/" }]);
    await until(() => seen.count("listed") === 1);
    for (const [n, member] of world.etcd.members.entries()) {
      await member.kill();
      // Until the others have a leader they may refuse a write.
      await until(() => put(world.client, { [`endpoints/x${n}`]: "1" }));
      await until(() => seen.view().has(`endpoints/x${n}`));
      await member.start();
    }
    await publisher.settled();
    assert.equal(publisher.state().session, session);
    assert.ok([...endpoints("n1", 30).keys()].every((key) => seen.view().has(key)));
  });

  it("begins sessions without a loss while a member is away", async () => {
    await world.member.kill();
    const newcomers = Array.from({ length: 20 }, () => world.subscribe([{ prefix: "endpoints/" }]));
    await until(() => newcomers.every((seen) => seen.events.length > 0));
    assert.deepEqual(new Set(newcomers.flatMap(({ events }) => events.map(({ type }) => type))), new Set(["listed"]));
  });

  it("keeps a lease alive while any one member is frozen", async () => {
    const client = world.open();
    let renewals = 0;
    const keepAliveOnce: typeof client.keepAliveOnce = async (lease, deadlineMs) => {
      const renewal = await client.keepAliveOnce(lease, deadlineMs);
      renewals += 1;
      return renewal;
    };
    const options = { wanted: endpoints("n1", 3), leaseTtlMs: 4000 };
    const publisher = world.publish({ ...options, client: { ...client, keepAliveOnce } });
    await publisher.settled();
    const { session, lease } = publisher.state();
    world.member.freeze();
    const before = renewals;
    await until(() => renewals === before + 5);
    world.member.thaw();
    assert.equal((await world.nodeRecord())?.lease, lease);
    assert.equal(publisher.state().session, session);
  });

  it("ends the session with a member that has lost the others, and resumes with them", async () => {
    const others = world.etcd.members.slice(1);
    const seen = world.subscribe([{ prefix: "endpoints/" }], 600_000);
    await until(() => seen.count("listed") === 1);
    await Promise.all(others.map((member) => member.kill()));
    await until(() => seen.count("lost") === 1, 15_000);
    await Promise.all(others.map((member) => member.start()));
    await until(() => seen.count("compared") === 1);
  });

  it("ends a watch at a member that is cut off although its connection stands", async () => {
    const [first, ...others] = world.etcd.members;
    const alone = world.open({ endpoints: [first?.endpoint ?? ""] });
    const { revision } = await alone.list([{ prefix: "endpoints/" }]);
    const ended = new Promise<string>((resolve) => {
      const handlers = { onOpen: () => undefined, onChanges: () => undefined, onEnd: resolve };
      alone.watch([{ prefix: "endpoints/" }], revision + 1n, handlers);
    });
    await Promise.all(others.map((member) => member.kill()));
    assert.match(await ended, /no leader/);
  });
});
