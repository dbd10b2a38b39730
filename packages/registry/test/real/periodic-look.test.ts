import assert from "node:assert/strict";
import { nodeKey } from "@fairway/contract";
import { beginAgainIfCompacted, type Change, CompactedRevision, type RegistryClient } from "@fairway/registry";
import { sentBytes } from "./etcd.ts";
import { put, remove } from "./puts.ts";
import type { Recorder } from "./recorder.ts";
import { until } from "./until.ts";
import { createWorld, type World } from "./world.ts";

const all = [{ prefix: "endpoints/" }, { prefix: "nodes/" }];
const value = "x".repeat(650);

describe("the periodic look of a subscription", () => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld();
    await fill(world.client, 5000);
  });

  afterEach(() => world.end());

  it("costs less than a hundredth of a list when nothing differs, and goes on with the same watch", async () => {
    const before = await sentBytes(world.member);
    const seen = world.subscribe(all, 500);
    await until(() => seen.count("listed") === 1);
    const listed = (await sentBytes(world.member)) - before;
    const begin = await sentBytes(world.member);
    const since = seen.events.length;
    await until(() => seen.events.length >= since + 3);
    const looks = seen.events.length - since;
    const bytes = ((await sentBytes(world.member)) - begin) / looks;
    assert.ok(bytes * 100 < listed, `${bytes.toFixed(0)} bytes a look, ${listed} a list`);
    assert.deepEqual([seen.count("listed"), seen.count("lost")], [1, 0]);
    await put(world.client, { [nodeKey("n1")]: "1" });
    await until(() => seen.view().get(nodeKey("n1")) === "1");
  });

  it("reads what its watch lost, and nothing else", async () => {
    let isLosing = false;
    const seen = world.subscribe(
      all,
      1000,
      losing(world.open(), () => isLosing),
    );
    await until(() => seen.count("listed") === 1);
    isLosing = true;
    await remove(world.client, [keyAt(7), keyAt(4321)]);
    await put(world.client, { [keyAt(8)]: "new", [keyAt(6000)]: "new" });
    await put(world.client, { [keyAt(6001)]: "gone" });
    await remove(world.client, [keyAt(6001)]);
    isLosing = false;
    const before = await sentBytes(world.member);
    await until(() => seen.view().get(keyAt(6000)) === "new");
    assert.deepEqual(
      comparedChanges(seen),
      [`- ${keyAt(4321)}`, `- ${keyAt(7)}`, `+ ${keyAt(6000)}`, `+ ${keyAt(8)}`].sort(),
    );
    assert.equal(seen.view().size, 4999);
    assert.deepEqual([seen.count("listed"), seen.count("lost")], [1, 0]);
    assert.ok((await sentBytes(world.member)) - before < 1_000_000);
    await put(world.client, { [keyAt(6002)]: "later" });
    await until(() => seen.view().get(keyAt(6002)) === "later");
  });

  it("is in the way of no change: what is written meanwhile is told at once, and proves nothing wrong", async () => {
    const client = world.open();
    let written = 0;
    const survey: RegistryClient["survey"] = async (spans, at) => {
      const surveyed = await client.survey(spans, at);
      // Between two pages: the first one's revision is past by now.
      await put(world.client, { [keyAt(written)]: "new", [`${keyAt(written)}-more`]: "new" });
      await remove(world.client, [keyAt(1000 + written)]);
      written += 1;
      return surveyed;
    };
    let watches = 0;
    const watch: RegistryClient["watch"] = (...args) => {
      watches += 1;
      return client.watch(...args);
    };
    const seen = world.subscribe(all, 300, { ...client, survey, watch });
    await until(() => seen.count("compared") >= 2);
    assert.equal(watches, 1);
    assert.deepEqual(comparedChanges(seen), []);
    await until(() => seen.view().size === 5000 && seen.view().get(keyAt(written - 1)) === "new");
    assert.deepEqual([seen.count("listed"), seen.count("lost")], [1, 0]);
  });

  it("begins again at a new revision when its own is compacted between two pages", async () => {
    const client = world.open();
    let surveys = 0;
    const survey: RegistryClient["survey"] = async (spans, at) => {
      surveys += 1;
      if (surveys === 2) await compactAll(world);
      return client.survey(spans, at);
    };
    const seen = world.subscribe(all, 600_000, { ...client, survey });
    await until(() => seen.count("listed") === 1);
    await world.member.kill();
    await until(() => seen.count("lost") === 1);
    await world.member.start();
    await until(() => seen.count("compared") === 1);
    assert.ok(surveys >= 4, `${surveys} surveys`);
    assert.equal(seen.view().size, 5000);
  });

  it("is not needed to know what changed while etcd was away: only that is read", async () => {
    const { member } = world;
    const own = world.open();
    let isOpen = true;
    const wasWritten: RegistryClient["wasWritten"] = async (seenWrite) => {
      await until(() => isOpen);
      return own.wasWritten(seenWrite);
    };
    const seen = world.subscribe(all, 600_000, { ...own, wasWritten });
    await until(() => seen.count("listed") === 1);
    isOpen = false;
    await member.kill();
    await until(() => seen.count("lost") === 1);
    await member.start();
    await put(world.client, { [keyAt(8)]: "new" });
    await remove(world.client, [keyAt(7)]);
    // Also where its history goes back no further: what was seen last stands there unchanged.
    await compactAll(world);
    isOpen = true;
    await until(() => seen.count("compared") === 1);
    assert.deepEqual(comparedChanges(seen), [`+ ${keyAt(8)}`, `- ${keyAt(7)}`]);
    // Its counters began anew: this is all since its start.
    assert.ok((await sentBytes(member)) < 400_000, "the rest is not listed");
  });
});

describe("a revision that is compacted", () => {
  it("is told as such, and what reads at one begins again three times at most", async () => {
    const world = await createWorld();
    await put(world.client, { a: "1" });
    await put(world.client, { a: "2" });
    await compactAll(world);
    let begun = 0;
    const read = () => {
      begun += 1;
      return world.client.get(["a"], begun < 3 ? 1n : undefined);
    };
    assert.equal((await beginAgainIfCompacted(read)).stored[0]?.value, "2");
    await assert.rejects(
      beginAgainIfCompacted(() => world.client.get(["a"], 1n)),
      CompactedRevision,
    );
    await world.end();
  });
});

/** A client whose watch tells nothing while it is so. */
function losing(client: RegistryClient, isLosing: () => boolean): RegistryClient {
  const watch: RegistryClient["watch"] = (selectors, fromRevision, handlers) => {
    const onChanges = (revision: bigint, changes: readonly Change[]) => {
      if (!isLosing()) handlers.onChanges(revision, changes);
    };
    return client.watch(selectors, fromRevision, { ...handlers, onChanges });
  };
  return { ...client, watch };
}

function comparedChanges({ events }: Pick<Recorder, "events">): readonly string[] {
  const changes = events.flatMap((event) => (event.type === "compared" ? event.changes : []));
  return changes.map((change) => (change.type === "put" ? `+ ${change.stored.key}` : `- ${change.key}`)).sort();
}

async function compactAll({ client, member }: World): Promise<void> {
  await put(client, { "claims/x": "1" });
  await member.ctl("compact", String((await client.get(["x"])).revision));
}

async function fill(client: RegistryClient, count: number): Promise<void> {
  for (let at = 0; at < count; at += 100) {
    await put(client, Object.fromEntries(Array.from({ length: 100 }, (_, n) => [keyAt(at + n), value])));
  }
}

function keyAt(n: number): string {
  return `endpoints/project/service/6379/node-${n % 50}/${String(n).padStart(12, "0")}`;
}
