import assert from "node:assert/strict";
import { ClaimEnds, type ClaimEndsOptions, endUnusedClaims, leaveNode, type RegistryClient } from "@fairway/registry";
import { type Asking, asking } from "../asking.ts";
import { put, remove } from "./puts.ts";
import { createLogRecorder } from "./recorder.ts";
import { until } from "./until.ts";
import { createWorld, type World } from "./world.ts";

const key = "claims/*/shop/6379";
const holder = { balancer: "*", project: "shop", service: undefined };
const hourMs = 3_600_000;

describe("the end of claims", () => {
  let world: World;
  let controller: AbortController;

  beforeEach(async () => {
    world = await createWorld();
    controller = new AbortController();
    await put(world.client, { [key]: "{}", "claims/*/other/6379": "{}", "claims/lb/shop/db/443": "{}" });
  });

  afterEach(async () => {
    controller.abort();
    await world.end();
  });

  const at = async (claim: string) => (await world.client.get([claim])).stored[0];
  const serve = (facts: Asking) => put(world.client, Object.fromEntries([asking(facts)]));
  const graceMsOf = async (claim: string) => {
    const lease = (await at(claim))?.lease;
    return lease === undefined ? undefined : (await world.client.timeOfLease(lease))?.grantedMs;
  };
  const end = (client: RegistryClient = world.client) => endUnusedClaims(client, { holder, graceOf: () => hourMs });
  const start = (options: Partial<ClaimEndsOptions> = {}) => {
    const log = createLogRecorder();
    const { client } = world;
    return new ClaimEnds({ client, graceMs: 24 * hourMs, pauseMs: 50, log, signal: controller.signal, ...options });
  };

  it("is a lease that etcd ends, once nothing asks for the port; age and value stay until then", async () => {
    const before = await at(key);
    assert.deepEqual(await end(), [key]);
    const after = await at(key);
    assert.deepEqual([after?.createRevision, after?.value], [before?.createRevision, "{}"]);
    assert.equal(await graceMsOf(key), hourMs);
    assert.deepEqual(await end(), [], "one lease is enough");
    await world.client.revokeLease(after?.lease ?? "");
    assert.equal(await at(key), undefined);
  });

  it("does not come while any container of the project asks for the port, on any node, in any service", async () => {
    await Promise.all(Array.from({ length: 150 }, (_, n) => serve({ service: `s${n}`, container: n, ports: [80] })));
    await serve({ service: "z", node: "n2", container: 200 });
    assert.deepEqual(await end(), []);
    await remove(world.client, [asking({ service: "z", node: "n2", container: 200 })[0]]);
    await serve({ service: "z", node: "n2", container: 201, ports: [6380] });
    await serve({ project: "other", container: 202 });
    assert.deepEqual(await end(), [key], "another port, or another project, is no use of it");
  });

  it("does not come when an endpoint of the holder was written between the look and the end", async () => {
    const racing: RegistryClient = {
      ...world.client,
      grantLease: async (ttlMs) => {
        await serve({});
        return world.client.grantLease(ttlMs);
      },
    };
    assert.deepEqual(await end(racing), []);
    assert.equal((await at(key))?.lease, undefined);
  });

  it("does not come to a claim that was released and put anew since the look", async () => {
    const racing: RegistryClient = {
      ...world.client,
      grantLease: async (ttlMs) => {
        await remove(world.client, [key]);
        await put(world.client, { [key]: "{}" });
        return world.client.grantLease(ttlMs);
      },
    };
    assert.deepEqual(await end(racing), []);
    assert.equal((await at(key))?.lease, undefined);
  });

  it("does not come while an endpoint of the holder cannot be read: a newer registrar may have written it", async () => {
    await put(world.client, { [asking()[0]]: '{"v":2}' });
    assert.deepEqual(await end(), []);
  });

  it("comes within 10 minutes where the last container was removed, and is shortened to that for one that had stopped", async () => {
    await endUnusedClaims(world.client, { holder, graceOf: () => 24 * hourMs });
    const ends = start();
    ends.onRemoved({ name: { project: "shop", service: "db" }, claims: [key] });
    await until(async () => (await graceMsOf(key)) === 600_000);
    assert.equal(await graceMsOf("claims/lb/shop/db/443"), undefined, "another holder's is not looked at");
  });

  it("does not come to a container's claims when another takes its place", async () => {
    const ends = start({ pauseMs: 300 });
    ends.onRemoved({ name: { project: "shop", service: "db" }, claims: [key] });
    await serve({ container: 2 });
    const { revision } = await world.client.get([key]);
    await new Promise((resolve) => setTimeout(resolve, 800));
    assert.equal((await world.client.get([key])).revision, revision, "nothing is written");
  });

  it("is looked for by all registrars now and then, and comes after CLAIM_GRACE", async () => {
    await serve({ project: "other" });
    start({ sweepMs: 50 }).start();
    await until(async () => (await graceMsOf(key)) === 24 * hourMs);
    await until(async () => (await graceMsOf("claims/lb/shop/db/443")) === 24 * hourMs);
    assert.equal((await at("claims/*/other/6379"))?.lease, undefined);
  });

  it("is looked for in pages, however many claims there are", async () => {
    for (let from = 0; from < 450; from += 90) {
      const claims = Array.from({ length: 90 }, (_, n) => [`claims/*/p${Math.floor(n / 30)}/${1 + from + n}`, "{}"]);
      await put(world.client, Object.fromEntries(claims) as Record<string, string>);
    }
    start({ sweepMs: 20 }).start();
    await until(async () => {
      const { stored } = await world.client.list([{ prefix: "claims/" }]);
      return stored.every(({ lease }) => lease !== undefined);
    }, 20_000);
  });

  it("is looked for again when the registry was away", async () => {
    await world.member.kill();
    const ends = start();
    ends.onRemoved({ name: { project: "shop", service: "db" }, claims: [key] });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await world.member.start();
    await until(async () => (await graceMsOf(key)) === 600_000, 25_000);
  });

  it("comes within 10 minutes where a node left", async () => {
    const publisher = world.publish({ wanted: new Map([asking({ ports: [6379, 7000] })]) });
    await publisher.settled();
    await serve({ node: "n2", container: 2, ports: [7000] });
    await publisher.stop();
    const left = await leaveNode(world.client, { node: "n1", engineId: "E1", farewellMs: 0 });
    assert.equal(left.type, "left");
    assert.equal(await graceMsOf(key), 600_000);
    assert.deepEqual(
      [(await at("claims/*/shop/7000"))?.lease, await graceMsOf("claims/*/other/6379")],
      [undefined, undefined],
    );
  });
});
