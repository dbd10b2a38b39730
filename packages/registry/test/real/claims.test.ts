import assert from "node:assert/strict";
import { asking } from "../asking.ts";
import { ownNode } from "./node.ts";
import { put } from "./puts.ts";
import { until } from "./until.ts";
import { createWorld, type World } from "./world.ts";

const key = "claims/*/shop/6379";
const other = "claims/*/other/6379";

describe("claims in the registry", () => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld();
  });

  afterEach(() => world.end());

  const at = async (claim: string) => (await world.client.get([claim])).stored[0] ?? assert.fail(`no ${claim}`);
  const revision = async () => (await world.client.get(["x"])).revision;

  it("are made in the transaction of the endpoint, and say when and by which node", async () => {
    const [endpoint, record] = asking();
    const publisher = world.publish({ wanted: new Map([[endpoint, record]]) });
    await publisher.settled();
    const claim = await at(key);
    assert.deepEqual([claim.createRevision, claim.lease], [(await at(endpoint)).createRevision, undefined]);
    const { v, claimedAt, by } = JSON.parse(claim.value) as Record<string, string>;
    assert.deepEqual([v, by], [1, "n1"]);
    assert.ok(Math.abs(Date.parse(claimedAt ?? "") - Date.now()) < 60_000, claimedAt);
  });

  it("keep their age and value, whoever asks again and however often", async () => {
    await put(world.client, { [key]: '{"v":1,"claimedAt":"2026-01-01T00:00:00.000Z","by":"older"}' });
    const older = await at(key);
    const first = world.publish({ wanted: new Map([asking()]) });
    await first.settled();
    const second = world.publish({ node: ownNode("n2"), wanted: new Map([asking({ node: "n2" })]) });
    await second.settled();
    const [endpoint] = asking();
    first.set(new Map([[endpoint, undefined]]));
    await first.settled();
    first.set(new Map([asking({ container: 2 })]));
    await first.settled();
    assert.deepEqual(await at(key), older);
  });

  it("of two holders on one port have two ages, the older container's the greater", async () => {
    const wanted = new Map([
      asking({ project: "other" }),
      asking({ container: 2, createdAt: "2026-11-22T07:00:00.000Z" }),
    ]);
    const publisher = world.publish({ wanted });
    await publisher.settled();
    assert.ok((await at(key)).createRevision < (await at(other)).createRevision);
  });

  it("are no transaction of their own, nor more bytes, when one endpoint changes or follows another", async () => {
    const publisher = world.publish({ wanted: new Map([asking()]) });
    await publisher.settled();
    const before = await revision();
    publisher.set(new Map([asking({ state: "draining" })]));
    await publisher.settled();
    assert.equal(await revision(), before + 1n);
    publisher.set(new Map([[asking()[0], undefined], asking({ container: 2 })]));
    await publisher.settled();
    assert.equal(await revision(), before + 2n);
    publisher.set(new Map([asking({ project: "new", container: 3 })]));
    await publisher.settled();
    assert.equal(await revision(), before + 3n);
  });

  it("are taken off the lease under which they end by the next endpoint, with their age", async () => {
    await put(world.client, { [key]: "{}" });
    const { createRevision } = await at(key);
    const { lease } = await world.client.grantLease(60_000);
    await world.client.transact([], [{ type: "lease", key, lease }]);
    assert.deepEqual([(await at(key)).lease, (await at(key)).value], [lease, "{}"]);
    const publisher = world.publish({ wanted: new Map([asking()]) });
    await publisher.settled();
    const claim = await at(key);
    assert.deepEqual([claim.lease, claim.createRevision, claim.value], [undefined, createRevision, "{}"]);
    await world.client.revokeLease(lease);
    await at(key);
  });

  it("that are missing, or about to end, are put again at the periodic look", async () => {
    const wanted = new Map([asking({ ports: [6379, 7000] })]);
    const publisher = world.publish({ wanted, lookAfterMs: 300 });
    await publisher.settled();
    const { lease } = await world.client.grantLease(60_000);
    await world.client.transact(
      [],
      [
        { type: "delete", key },
        { type: "lease", key: "claims/*/shop/7000", lease },
      ],
    );
    await until(async () => (await world.client.get([key])).stored.length === 1);
    await until(async () => (await at("claims/*/shop/7000")).lease === undefined);
    assert.equal(
      (await at(asking()[0])).createRevision,
      (await at(asking()[0])).modRevision,
      "the endpoint is not written",
    );
  });

  it("of an endpoint with 256 front ports are made forty at once, and keep no other endpoint's from being made", async () => {
    const ports = Array.from({ length: 256 }, (_, at) => 1000 + at);
    const publisher = world.publish({ wanted: new Map([asking({ ports }), asking({ container: 2, ports: [80] })]) });
    await publisher.settled();
    const { stored } = await world.client.list([{ prefix: "claims/*/shop/" }]);
    assert.equal(stored.length, 41);
    assert.ok(stored.some(({ key }) => key === "claims/*/shop/80"));
    assert.equal(publisher.state().claimsPostponed, 1);
  });
});

describe("a registrar whose role may write one project", () => {
  it("writes that one's endpoints and claims, and refuses another's with etcd's words, however many there are", async () => {
    const world = await createWorld({ access: { username: "registrar", password: "secret" } });
    const { ctl } = world.member;
    const asRoot = (...args: readonly string[]) => ctl("--user", "root:root", ...args);
    await ctl("user", "add", "root:root");
    await ctl("user", "grant-role", "root", "root");
    await ctl("user", "add", "registrar:secret");
    await ctl("role", "add", "registrar");
    for (const kind of ["endpoints/shop", "claims/*/shop", "nodes"])
      await ctl("role", "grant-permission", "registrar", "readwrite", "--prefix", `/fairway/v1/${kind}/`);
    await ctl("role", "grant-permission", "registrar", "read", "--prefix", "/fairway/v1/");
    await ctl("user", "grant-role", "registrar", "registrar");
    await ctl("auth", "enable");
    try {
      const own = Array.from({ length: 20 }, (_, at) => asking({ container: at, ports: [7000 + at] }));
      const others = [30, 31].map((container) => asking({ project: "other", container, ports: [6379] }));
      const publisher = world.publish({ wanted: new Map([...others, ...own]), lookAfterMs: 1000 });
      await publisher.settled();
      const written = async () => (await world.client.list([{ prefix: "endpoints/" }, { prefix: "claims/" }])).stored;
      assert.equal((await written()).length, 2 * own.length);
      const { refused, claimsRefused, synced } = publisher.state();
      assert.deepEqual([claimsRefused, synced], [undefined, true]);
      assert.deepEqual(
        refused.map(({ key, reason }) => [key, /permission denied/.test(reason)]),
        others.map(([key]) => [key, true]),
      );
      for (const kind of ["endpoints/other", "claims/*/other"])
        await asRoot("role", "grant-permission", "registrar", "readwrite", "--prefix", `/fairway/v1/${kind}/`);
      await until(async () => assert.equal((await written()).length, 2 * own.length + 3));
      await until(() => assert.deepEqual(publisher.state().refused, []));
    } finally {
      await world.end();
    }
  });
});

describe("a registrar whose role has no grant on claims", () => {
  it("writes its endpoints, says what it needs in one sentence, and puts the claims once it has it", async () => {
    const world = await createWorld({ access: { username: "registrar", password: "secret" } });
    const { ctl } = world.member;
    const asRoot = (...args: readonly string[]) => ctl("--user", "root:root", ...args);
    await ctl("user", "add", "root:root");
    await ctl("user", "grant-role", "root", "root");
    await ctl("user", "add", "registrar:secret");
    await ctl("role", "add", "registrar");
    for (const kind of ["endpoints", "nodes"]) {
      await ctl("role", "grant-permission", "registrar", "readwrite", "--prefix", `/fairway/v1/${kind}/`);
    }
    await ctl("user", "grant-role", "registrar", "registrar");
    await ctl("auth", "enable");
    try {
      const [endpoint, record] = asking();
      const publisher = world.publish({ wanted: new Map([[endpoint, record]]), lookAfterMs: 300 });
      await publisher.settled();
      assert.equal((await world.client.get([endpoint])).stored[0]?.value, record);
      const reason =
        "etcdserver: permission denied: the etcd role of this registrar needs readwrite on claims/; " +
        "until it has, its endpoints have no claim to their ports";
      assert.ok(publisher.state().claimsRefused?.endsWith(reason), publisher.state().claimsRefused);
      await asRoot("role", "grant-permission", "registrar", "readwrite", "--prefix", "/fairway/v1/claims/");
      await until(async () => (await world.client.get([key]).catch(() => ({ stored: [] }))).stored.length === 1);
      await until(() => publisher.state().claimsRefused === undefined);
      const told = publisher.log.lines.filter((line) => line.startsWith("warn"));
      assert.deepEqual(
        told.map((line) => line.split(" {")[0]),
        ["warn no claims written"],
      );
    } finally {
      await world.end();
    }
  });
});
