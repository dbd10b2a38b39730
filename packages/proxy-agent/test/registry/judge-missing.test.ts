import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { nodeKey } from "@fairway/contract";
import { type Listing } from "@fairway/registry";
import { pino } from "pino";
import { MissingEndpointsJudge } from "../../src/registry/judge-missing.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { eventually } from "../real/kit/client.ts";
import { bridge, deleted, given, keyOf } from "../given.ts";

const db = { project: "shop", service: "db" };
const silent = pino({ level: "silent" });

/** A cache that misses `count` endpoints of node-1, and a judge that reads through `get`. */
function judged(count: number, get: (keys: readonly string[]) => Promise<Listing>, now = () => 0) {
  const names = Array.from({ length: count }, (_, index) => `c${index}`);
  const records = names.reduce(
    (all, container, index) => all.endpoint({ container, addresses: [bridge(`198.18.0.${index}`)] }),
    given().service("shop", "db"),
  );
  const cache = new RegistryCache();
  cache.onEvent(records.listed(), 0);
  const stop = new AbortController();
  const judge = new MissingEndpointsJudge({
    cache,
    get,
    listeners: () => [],
    health: async () => [],
    graceMs: 60_000,
    now,
    log: silent,
    signal: stop.signal,
  });
  const wake = () => cache.onEvent(deleted(9999n, ...names.map((container) => keyOf(db, { container }))), 0);
  const settled = () => eventually("all are judged", () => cache.missing.due(5).length === 0);
  const end = async () => {
    stop.abort();
    await judge.idle();
  };
  return { cache, wake, end, settled };
}

/** Two proxies' judges of one orphan beside a living endpoint of another node: one reaches that, and one does not. */
describe("an orphan past its grace", () => {
  const port = 6379;
  const orphan = keyOf(db);
  const living = keyOf(db, { node: "node-2", container: "two" });
  const server = (endpoint: string) =>
    ({ name: endpoint, ip: "::1", port, admin: "ready", options: [], endpoint }) as const;
  const settings = { addresses: [], bind: [] };

  for (const [title, upMs, isDown, expected] of [
    ["leaves beside a server that has been up for a minute", 60_000, false, [living]],
    ["stays beside one that HAProxy has down", 0, true, [orphan, living]],
    ["stays beside one that has just come", 1000, false, [orphan, living]],
    ["stays beside one that this proxy does not reach", undefined, false, [orphan, living]],
  ] as const) {
    it(title, async () => {
      const node2 = given()
        .node("node-1")
        .service("shop", "db")
        .endpoint()
        .endpoint({ node: "node-2", container: "two" });
      const cache = new RegistryCache();
      cache.onEvent(node2.listed(), 0);
      const servers = [orphan, ...(upMs === undefined ? [] : [living])].map(server);
      const served = { port, ssl: false, services: [], settings, servers };
      let asked = 0;
      const health = async () => {
        asked += 1;
        const all = [{ listener: port, name: orphan, isDown: false, upMs: 60_000 }];
        return upMs === undefined ? all : [...all, { listener: port, name: living, isDown, upMs }];
      };
      const stop = new AbortController();
      const get = async () => ({ revision: 9999n, stored: [] });
      const common = { graceMs: 60_000, now: () => now, log: silent, signal: stop.signal };
      let now = 0;
      const judge = new MissingEndpointsJudge({ cache, get, listeners: () => [served], health, ...common });
      cache.onEvent(deleted(9999n, orphan, nodeKey("node-1")), 0);
      await eventually("it is an orphan", () => cache.missing.orphans().size === 1);
      now = 60_000;
      cache.onEvent(given(10_000n).node("node-3", { engineId: "engine-3", bootId: "boot-3" }).changed(), now);
      const before = asked;
      await eventually("health was looked at", () => asked > before);
      await eventually("it is decided", () => [...cache.endpoints.values()].length === expected.length);
      assert.deepEqual(
        [...cache.endpoints.values()].map(({ key }) => key),
        expected,
      );
      stop.abort();
      await judge.idle();
    });
  }
});

/** A judge of two orphans to be, whose clock and whose servers in HAProxy are set by hand. */
function judgedByHand(graceMs: number) {
  const [first, second] = [keyOf(db, { container: "c0" }), keyOf(db, { container: "c1" })];
  const at = { now: 0, served: [] as readonly string[], looks: 0 };
  const records = (revision: bigint, container: string, ip: string) =>
    given(revision)
      .service("shop", "db")
      .endpoint({ container, addresses: [bridge(ip)] });
  const cache = new RegistryCache();
  const both = records(0n, "c0", "198.18.0.1").endpoint({ container: "c1", addresses: [bridge("198.18.0.2")] });
  cache.onEvent(both.listed(), 0);
  const server = (name: string) => ({ name, ip: "::1", port: 1, admin: "ready", options: [], endpoint: name }) as const;
  const settings = { addresses: [], bind: [] };
  const stop = new AbortController();
  const judge = new MissingEndpointsJudge({
    cache,
    get: async () => ({ revision: 9999n, stored: [] }),
    listeners: () => [{ port: 1, ssl: false, services: [], settings, servers: [first, second].map(server) }],
    health: async () => {
      at.looks += 1;
      return at.served.map((name) => ({ listener: 1, name, isDown: false, upMs: 0 }));
    },
    graceMs,
    now: () => at.now,
    log: silent,
    signal: stop.signal,
  });
  const orphan = async (key: string) => {
    cache.onEvent(deleted(9999n, key), at.now);
    await eventually("it is an orphan", () => cache.missing.orphans().has(key));
  };
  const live = () => cache.onEvent(records(10_000n, "c0", "198.18.0.1").changed(), at.now);
  /** The endpoints after a look that began at that moment, with those that HAProxy has a server of. */
  const look = async (now: number, served: readonly string[]) => {
    Object.assign(at, { now, served });
    const { looks } = at;
    await eventually("it was looked at", () => at.looks > looks);
    await setImmediate();
    return [...cache.endpoints.values()].map(({ key }) => key).toSorted();
  };
  const end = async () => {
    stop.abort();
    await judge.idle();
  };
  return { cache, first, second, at, orphan, live, look, end };
}

describe("an orphan that HAProxy has no server of", () => {
  it("leaves as its grace ends if it has had none for a minute", async () => {
    const { first, second, orphan, look, end } = judgedByHand(120_000);
    await orphan(first);
    for (const now of [0, 60_000, 119_999]) assert.deepEqual(await look(now, []), [first, second], `${now} ms`);
    assert.deepEqual(await look(120_000, []), [second]);
    await end();
  });

  it("has a minute from its last server, whatever had none while another one was past its grace", async () => {
    const { cache, first, second, at, orphan, look, end } = judgedByHand(60_000);
    await orphan(first);
    at.now = 30_000;
    await orphan(second);
    assert.deepEqual(await look(60_000, [first]), [first, second]);
    cache.dropOrphans([first]);
    for (const [now, served] of [
      [80_000, [second]],
      [120_000, []],
      [179_999, []],
    ] as const)
      assert.deepEqual(await look(now, served), [second], `${now} ms`);
    assert.deepEqual(await look(180_000, []), []);
    await end();
  });

  it("has its minute anew when it has lived again", async () => {
    const { cache, first, second, at, orphan, live, look, end } = judgedByHand(10_000);
    await orphan(first);
    for (const now of [0, 10_000]) assert.deepEqual(await look(now, []), [first, second], `${now} ms`);
    live();
    const orphans = cache.missing.orphans.bind(cache.missing);
    let looks = 0;
    cache.missing.orphans = () => {
      looks += 1;
      return orphans();
    };
    await eventually("it was looked at without orphans", () => looks > 0);
    at.now = 3_600_000;
    cache.onEvent(deleted(10_002n, first), at.now);
    await eventually("it is an orphan again", () => orphans().has(first));
    assert.deepEqual(await look(3_610_000, []), [first, second]);
    assert.deepEqual(await look(3_670_000, []), [second]);
    await end();
  });
});

const synced = given().node("node-1").stored;

describe("the judge of missing endpoints", () => {
  it("reads a node and its missing endpoints together, at most 100 keys at once", async () => {
    const reads: (readonly string[])[] = [];
    const get = async (keys: readonly string[]) => {
      reads.push(keys);
      return { revision: 9999n, stored: synced };
    };
    const { cache, wake, end, settled } = judged(120, get);
    wake();
    await settled();
    assert.deepEqual([cache.missing.size, cache.endpoints.size], [0, 0]);
    assert.deepEqual(
      reads.map((keys) => keys.length),
      [51, 51, 21],
    );
    assert.ok(reads.every((keys) => keys.includes(nodeKey("node-1"))));
    await end();
  });

  it("holds everything while the registry does not answer, and asks again", async () => {
    let failures = 2;
    const seen: number[] = [];
    const get = async () => {
      seen.push(cache.endpoints.size);
      if (failures-- > 0) throw new Error("away");
      return { revision: 9999n, stored: synced };
    };
    const { cache, wake, end, settled } = judged(1, get);
    wake();
    await settled();
    assert.deepEqual([seen, cache.endpoints.size], [[1, 1, 1], 0]);
    await end();
  });

  it("forgets nothing that falls due between two looks at the clock", async () => {
    const times = [-1, 5];
    const now = () => times.shift() ?? 5;
    const { cache, wake, end, settled } = judged(1, async () => ({ revision: 9999n, stored: synced }), now);
    wake();
    await settled();
    assert.equal(cache.endpoints.size, 0);
    await end();
  });
});
