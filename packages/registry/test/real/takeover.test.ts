import assert from "node:assert/strict";
import { endpointAt, endpoints, ownNode } from "./node.ts";
import { type Program, startProgram } from "./program.ts";
import { put } from "./puts.ts";
import { changesOf, type Recorder } from "./recorder.ts";
import { wait } from "@fairway/loop";
import { until } from "./until.ts";
import { createWorld, settledAnew, type World } from "./world.ts";

const watched = [{ prefix: "endpoints/" }, { prefix: "nodes/" }];

describe("takeover of a node", () => {
  let world: World;
  let programs: Program[];

  beforeEach(async () => {
    world = await createWorld();
    programs = [];
  });

  afterEach(async () => {
    for (const program of programs) await program.end("SIGKILL");
    await world.end();
  });

  async function predecessor(value = "v0", leaseTtlMs = 10_000): Promise<Program> {
    const program = startProgram("./publisher-program.ts", world.member.endpoint, "250", value, String(leaseTtlMs));
    programs.push(program);
    await program.printed("settled");
    return program;
  }

  const leaseOf = (record: { readonly lease: string } | undefined) =>
    world.member.ctl("lease", "timetolive", record?.lease ?? "");

  async function watching(): Promise<Recorder> {
    const seen = world.subscribe(watched);
    await until(() => seen.count("listed") === 1);
    return seen;
  }

  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it(`after ${signal} puts each key under a new lease and deletes none`, async () => {
      const former = await predecessor();
      const before = await world.nodeRecord();
      const seen = await watching();
      await former.end(signal);
      const next = world.publish({ wanted: endpoints("n1", 250) });
      await next.settled();
      await until(() => changesOf(seen).length === 252);
      const puts = changesOf(seen).flatMap((change) => (change.type === "put" ? [change.stored] : []));
      assert.equal(puts.length, 252, "250 endpoints and twice the node record, and no delete");
      assert.deepEqual([...new Set(puts.map(({ lease }) => lease))], [next.state().lease]);
      assert.notEqual(next.state().lease, before?.lease);
      assert.equal(await world.client.keysOfLease(before?.lease ?? ""), undefined, "the old lease is revoked");
    });
  }

  it("says synced:false until everything is written, and deletes only what is wanted no more", async () => {
    const former = await predecessor();
    const seen = await watching();
    await former.end("SIGKILL");
    const next = world.publish({ wanted: endpoints("n1", 240, "v1") });
    await next.settled();
    await until(() => changesOf(seen).length === 252);
    const told = changesOf(seen).map((change) => {
      if (change.type === "delete") return "delete";
      return change.stored.key.startsWith("nodes/")
        ? `synced ${/"synced":(\w+)/.exec(change.stored.value)?.[1]}`
        : "put";
    });
    const expected = ["synced false", ...Array<string>(240).fill("put"), ...Array<string>(10).fill("delete")];
    assert.deepEqual(told, [...expected, "synced true"]);
    assert.deepEqual(new Set(seen.view().keys()), new Set([...endpoints("n1", 240).keys(), "nodes/n1"]));
  });

  it("leaves other nodes' records alone, even when they stand under the old lease", async () => {
    const former = await predecessor();
    const lease = (await world.nodeRecord())?.lease;
    const foreign = endpointAt("n2", 7);
    await world.client.transact([], [{ type: "put", key: foreign, value: "theirs", lease }]);
    await put(world.client, { [endpointAt("n3", 8)]: "unleased" });
    await former.end("SIGKILL");
    const next = world.publish();
    await next.settled();
    const { stored } = await world.client.list(watched);
    assert.deepEqual(
      stored.map(({ key }) => key),
      [foreign, endpointAt("n3", 8), "nodes/n1"],
    );
  });

  it("renews the old lease first, should little of it be left", async () => {
    const former = world.publish({ wanted: endpoints("n1", 90), leaseTtlMs: 4000 });
    await former.settled();
    const { lease = "" } = former.state();
    await former.stop();
    const seen = await watching();
    await until(async () => /remaining\(1s\)/.test(await world.member.ctl("lease", "timetolive", lease)));
    const client = world.open();
    const slow: typeof client.transact = async (...transaction) => {
      await wait(1500, new AbortController().signal);
      return client.transact(...transaction);
    };
    const next = world.publish({ wanted: endpoints("n1", 90), client: { ...client, transact: slow } });
    await next.settled();
    await until(() => changesOf(seen).length === 92);
    assert.deepEqual(new Set(changesOf(seen).map(({ type }) => type)), new Set(["put"]));
  });

  it("is not undone by a predecessor that has not heard of it", async () => {
    const client = world.open();
    const deaf: typeof client.watch = (selectors, from, handlers) =>
      client.watch(selectors, from, { ...handlers, onChanges: () => undefined });
    const former = world.publish({ wanted: endpoints("n1", 3), client: { ...client, watch: deaf } });
    await former.settled();
    const later = world.publish({ wanted: endpoints("n1", 3, "later") });
    await later.settled();
    // A delete, as a put would be refused for its revoked lease alone.
    former.set(new Map([[endpointAt("n1", 0), undefined]]));
    await until(() => !former.state().synced);
    const { stored } = await world.client.list([{ prefix: "endpoints/" }]);
    assert.deepEqual(new Map(stored.map(({ key, value }) => [key, value])), endpoints("n1", 3, "later"));
    assert.equal((await world.nodeRecord())?.session, later.state().session);
  });

  it("is not undone by a predecessor that was asleep past its lease", async () => {
    const zombie = await predecessor("zombie", 2000);
    zombie.process.kill("SIGSTOP");
    await until(async () => (await world.nodeRecord()) === undefined);
    const next = world.publish({ wanted: endpoints("n1", 250, "successor") });
    await next.settled();
    const { session } = next.state();
    const seen = await watching();
    zombie.process.kill("SIGCONT");
    await zombie.printed("waiting for the node record");
    next.set(new Map([[endpointAt("n1", 0), "still ours"]]));
    await next.settled();
    await until(() => changesOf(seen).length === 1);
    assert.equal((await world.nodeRecord())?.session, session);
    assert.equal(next.state().session, session);
    assert.deepEqual(
      changesOf(seen).map(({ type }) => type),
      ["put"],
    );
  });

  it("waits for a live registrar of another engine, says both engines once, and follows when it is gone", async () => {
    const theirs = world.publish({ node: ownNode("n1", { engineId: "E-other" }), wanted: endpoints("n1", 3) });
    await theirs.settled();
    const { session } = theirs.state();
    const ours = world.publish({ node: ownNode("n1", { engineId: "E-ours" }), wanted: endpoints("n1", 2) });
    await until(() => ours.log.lines.length > 0);
    const { synced, connected, waitingFor } = ours.state();
    assert.deepEqual({ synced, connected }, { synced: false, connected: true });
    assert.match(waitingFor ?? "", /Docker engine E-other, ours is E-ours/);
    assert.equal((await world.nodeRecord())?.session, session);
    await theirs.stop();
    await settledAnew(ours, undefined);
    assert.equal(ours.state().waitingFor, undefined);
    assert.equal(ours.log.lines.filter((line) => line.includes("E-other")).length, 1);
  });

  it("leaves a living registrar's records alone whose machine was booted otherwise, as a clone's, and names both", async () => {
    const machine = { leaseTtlMs: 3000, wanted: endpoints("n1", 3) };
    const first = world.publish({ ...machine, node: ownNode("n1", { bootId: "B-first" }) });
    await first.settled();
    const { session } = first.state();
    const seen = await watching();
    const clone = ownNode("n1", { bootId: "B-clone", address: "198.18.0.12" });
    const second = world.publish({ ...machine, node: clone, wanted: endpoints("n1", 1, "clone") });
    await until(() => second.state().waitingFor?.includes("booted") === true);
    const { waitingFor } = second.state();
    assert.match(
      waitingFor ?? "",
      /engine E1 at 198\.18\.0\.11, booted as B-first; ours is at 198\.18\.0\.12, booted as B-clone/,
    );
    assert.equal((await world.nodeRecord())?.session, session);
    assert.deepEqual(changesOf(seen), [], "nothing of the first is touched");
    await first.stop();
    await settledAnew(second, undefined);
    assert.equal(second.log.lines.filter((line) => line.includes("B-first")).length, 1);
  });

  it("takes over at once after a boot, when nobody keeps the former lease alive", async () => {
    const former = await predecessor("v0", 9000);
    await former.end("SIGKILL");
    const seen = await watching();
    // As much of the lease's time as a boot takes.
    await until(async () => /remaining\([345]s\)/.test(await leaseOf(await world.nodeRecord())));
    const rebooted = world.publish({ node: ownNode("n1", { bootId: "B2" }), wanted: endpoints("n1", 250) });
    const beganAt = performance.now();
    await rebooted.settled();
    assert.ok(performance.now() - beganAt < 2000, "without a wait for the lease");
    await until(() => changesOf(seen).length === 252);
    assert.deepEqual(new Set(changesOf(seen).map(({ type }) => type)), new Set(["put"]));
  });

  it("ends the strife of two registrars of one engine: the later one writes, the former waits", async () => {
    const former = world.publish({ wanted: endpoints("n1", 3, "former") });
    await former.settled();
    const later = world.publish({ wanted: endpoints("n1", 3, "later") });
    await later.settled();
    await until(() => former.state().waitingFor?.includes("another registrar"));
    assert.equal((await world.nodeRecord())?.session, later.state().session);
    await later.stop();
    await settledAnew(former, undefined);
  });
});
