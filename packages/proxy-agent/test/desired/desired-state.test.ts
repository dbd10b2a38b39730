import assert from "node:assert/strict";
import { queryObjects } from "node:v8";
import type { DesiredState } from "../../src/desired/desired-state.ts";
import { ListenerBuilder } from "../../src/desired/listener-builder.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { desiredStateOf, facts } from "../facts.ts";
import { bridge, deleted, type EndpointFacts, given, keyOf } from "../given.ts";

const key = keyOf({ project: "shop", service: "db" });

/** How many there are on the heap. */
const builders = () => queryObjects(ListenerBuilder, { format: "count" });

/** A cache with one endpoint, and what is desired by it. */
class Stage {
  readonly cache = new RegistryCache();
  now = 0;
  readonly desired = desiredStateOf(this.cache, { now: () => this.now, isServingSnapshot: false });
  #revision = 1000n;

  constructor() {
    this.cache.onEvent(given().node("node-1").service("shop", "db").endpoint().listed(), 0);
  }

  /** The endpoint is gone, its node says so. */
  remove(): void {
    this.#revision += 10n;
    this.cache.onEvent(deleted(this.#revision, key), this.now);
    const stored = given(this.#revision).node("node-1").stored;
    this.cache.settle(this.cache.missing.due(this.now), { revision: this.#revision, stored }, { now: this.now });
  }

  put(): void {
    this.#revision += 10n;
    this.cache.onEvent(given(this.#revision).endpoint().changed(), this.now);
  }

  servers(desired: DesiredState = this.desired): readonly (readonly [number, number])[] {
    return (desired.take()?.desired.listeners ?? []).map(({ port, servers }) => [port, servers.length]);
  }
}

describe("the desired state", () => {
  it("is not there before the registry was listed", () => {
    assert.equal(desiredStateOf(new RegistryCache(), { isServingSnapshot: false }).take(), undefined);
  });

  it("is there before that when an earlier agent's snapshot is served", () => {
    const snapshot = new RegistryCache();
    assert.deepEqual(desiredStateOf(snapshot, { isServingSnapshot: true }).take()?.desired.listeners, []);
  });

  it("is the same object while nothing changes, at the newest revision", () => {
    const stage = new Stage();
    const before = stage.desired.take();
    stage.cache.onEvent(given(50n).node("node-9").changed(), 0);
    const now = stage.desired.take();
    assert.equal(now?.desired, before?.desired);
    assert.deepEqual([before?.revision, now?.revision, now?.sinceMs], [3n, 51n, undefined]);
  });

  it("tells when the earliest event came that changed something", () => {
    const stage = new Stage();
    stage.desired.take();
    const before = performance.now();
    stage.put();
    const after = performance.now();
    stage.put();
    const sinceMs = stage.desired.take()?.sinceMs ?? 0;
    assert.ok(before <= sinceMs && sinceMs <= after);
  });

  it("keeps the listeners that did not change the same objects", () => {
    const stage = new Stage();
    const other = { container: "two", addresses: [bridge("172.17.0.3")], listen: [{ port: 80, ssl: false }] };
    stage.cache.onEvent(given(50n).service("shop", "web").endpoint(other).changed(), 0);
    const before = stage.desired.take()?.desired.listeners;
    stage.cache.onEvent(
      given(60n)
        .of("shop", "web")
        .endpoint({ ...other, state: "draining" })
        .changed(),
      0,
    );
    const now = stage.desired.take()?.desired.listeners;
    assert.deepEqual([now?.[0] === before?.[0], now?.[1] === before?.[1]], [false, true]);
  });

  it("keeps a listener without servers for LISTENER_GRACE, then ends it", () => {
    const stage = new Stage();
    assert.deepEqual(stage.servers(), [[6379, 1]]);
    stage.now = 2000;
    stage.remove();
    assert.deepEqual(stage.servers(), [[6379, 0]]);
    stage.now = 61_999;
    assert.deepEqual(stage.servers(), [[6379, 0]]);
    stage.now = 62_000;
    assert.deepEqual(stage.servers(), []);
  });

  it("starts the grace anew when an endpoint was there in between", () => {
    const stage = new Stage();
    stage.servers();
    for (const now of [1000, 50_000]) {
      stage.now = now;
      stage.remove();
      stage.servers();
      stage.put();
      stage.servers();
    }
    stage.remove();
    stage.servers();
    stage.now = 61_000;
    assert.deepEqual(stage.servers(), [[6379, 0]]);
  });

  it("keeps the listener of a container that crashes every 61 s, but for its first time", () => {
    const stage = new Stage();
    stage.servers();
    let removals = 0;
    for (let round = 0; round < 20; round += 1) {
      stage.remove();
      const seen = [0, 60_000, 1000].map((restMs) => {
        stage.now += restMs;
        return stage.servers().length;
      });
      if (seen.includes(0)) removals += 1;
      stage.put();
      assert.deepEqual(stage.servers(), [[6379, 1]]);
    }
    assert.ok(removals <= 1, `${removals} removals`);
  });

  it("goes on with an empty listener of an earlier agent until its grace has passed", () => {
    const stage = new Stage();
    stage.servers();
    stage.now = 1000;
    stage.remove();
    const before = stage.desired.take()?.desired.listeners;
    const after = desiredStateOf(new RegistryCache(), { now: () => stage.now, empty: stage.desired.empty() });
    assert.deepEqual(after.take()?.desired.listeners, before);
    stage.now = 61_000;
    assert.deepEqual(stage.servers(after), []);
  });

  it("holds nothing to build a listener with while it is empty, and knows whose its port is all the same", () => {
    const stage = new Stage();
    const before = builders();
    stage.servers();
    const owner = stage.desired.ownerOf(6379);
    assert.deepEqual([builders() - before, owner?.project], [1, "shop"]);
    stage.remove();
    assert.deepEqual(stage.servers(), [[6379, 0]]);
    assert.deepEqual([builders() - before, stage.desired.ownerOf(6379)], [0, owner]);
    stage.put();
    assert.deepEqual(stage.servers(), [[6379, 1]]);
    assert.deepEqual(stage.desired.ownerOf(6379), owner);
  });

  it("takes a change of a refused endpoint as quickly beside 10,000 others as beside 100", () => {
    const usual = leastMs(100);
    const crowded = leastMs(10_000);
    assert.ok(crowded < Math.max(4 * usual, 5), `${crowded} ms beside 10,000, ${usual} ms beside 100`);
  });

  it("logs each rejection once, and again when it was gone in between", () => {
    const lines: unknown[] = [];
    const log = { warn: (rejection: { readonly code: string }) => void lines.push(rejection.code) };
    const cache = new RegistryCache();
    const desired = desiredStateOf(cache, { log: log as never });
    const put = (revision: bigint, node: string, ip: string) => {
      cache.onEvent(
        given(revision)
          .service("shop", "db")
          .endpoint({ node, addresses: [bridge(ip)] })
          .changed(),
        0,
      );
      desired.take();
    };
    put(1n, "node-2", "172.17.0.2");
    put(2n, "node-2", "172.17.0.3");
    assert.deepEqual(lines, ["unreachable"]);
    desired.move({ ...facts, vantage: { kind: "node", node: "node-2", networks: [] } });
    assert.deepEqual(desired.rejections(), []);
    desired.move({ ...facts, vantage: { kind: "node", node: "node-1", networks: [] } });
    assert.deepEqual(lines, ["unreachable", "unreachable"]);
  });
});

/**
 * Of fifty changes of one endpoint among so many that the proxy refuses, each refused for another reason, how long the
 * quickest takes, ms: that in which other work of the machine kept the processor least.
 */
function leastMs(count: number): number {
  const refused = (at: number, turn = 0): EndpointFacts => ({
    node: "node-2",
    container: String(at),
    listen: [{ port: 7000 + (at % 50), ssl: false }],
    addresses: [turn === 0 ? bridge("172.31.0.2") : { via: "node", ip: `127.0.0.${turn}`, port: 6379 }],
  });
  const all = given().node("node-2").service("shop", "db");
  for (let at = 0; at < count; at += 1) all.endpoint(refused(at));
  const cache = new RegistryCache();
  cache.onEvent(all.listed(), 0);
  const desired = desiredStateOf(cache, { now: () => 0, isServingSnapshot: false });
  desired.take();
  assert.equal(desired.rejections().length, count);
  const taken = Array.from({ length: 50 }, (_, turn) => {
    const changed = given(all.revision + BigInt(turn))
      .of("shop", "db")
      .endpoint(refused(7, turn + 1))
      .changed();
    const begunMs = performance.now();
    cache.onEvent(changed, 0);
    desired.take();
    return performance.now() - begunMs;
  });
  return Math.min(...taken);
}
