import assert from "node:assert/strict";
import { nodeKey } from "@fairway/contract";
import type { Stored } from "@fairway/registry";
import { cacheSnapshotSchema } from "../../src/registry/cache-snapshot.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { withNodes } from "../../src/registry/host-ports.ts";
import { deleted, given } from "../given.ts";

const key = "hostports/node-1/4f5c1b2a9d3e";
const owner = { ip: "0.0.0.0", port: 6379, container12: "4f5c1b2a9d3e" };

const record = (value = '{"v":1,"ports":[{"ip":"0.0.0.0","port":6379}]}'): Stored => {
  return { key, value, createRevision: 5n, modRevision: 5n, lease: undefined };
};

/** A cache that has the host ports of one container of a synced node. */
function aCache(): RegistryCache {
  const cache = new RegistryCache();
  const stored = [...given().node("node-1").stored, record()];
  cache.onEvent({ type: "listed", listing: { revision: 10n, stored } }, 0);
  return cache;
}

const answer = (cache: RegistryCache, stored: readonly Stored[]) =>
  cache.settleHostPorts(cache.hostPorts.due(), { revision: 20n, stored });

const synced = given().node("node-1").stored;
const unsynced = given().node("node-1", { synced: false }).stored;

describe("the host ports in the cache", () => {
  const rows: readonly (readonly [string, readonly Stored[], boolean])[] = [
    ["end when their node says, synced, that it has them no longer", synced, false],
    ["stay while their node has no record, as they ended with its lease", [], true],
    ["stay while their node is not synced", unsynced, true],
    ["stay when the registry has them after all", [...synced, record()], true],
  ];
  for (const [name, reading, isKept] of rows) {
    it(name, () => {
      const cache = aCache();
      cache.onEvent(deleted(15n, key), 0);
      assert.deepEqual(cache.hostPorts.at(6379), [owner], "not before they were judged");
      assert.deepEqual(cache.hostPorts.due(), [key]);
      answer(cache, reading);
      assert.deepEqual(cache.hostPorts.at(6379), isKept ? [owner] : []);
      assert.deepEqual(cache.hostPorts.due(), []);
    });
  }

  it("are judged again when their node has written", () => {
    const cache = aCache();
    cache.onEvent(deleted(15n, key), 0);
    answer(cache, []);
    cache.onEvent(given(30n).node("node-1").changed(), 0);
    assert.deepEqual(cache.hostPorts.due(), [key]);
    answer(cache, synced);
    assert.deepEqual(cache.hostPorts.at(6379), []);
  });

  it("are judged together with their node's record", () => {
    assert.deepEqual(withNodes([key, "hostports/node-1/b"]), [key, "hostports/node-1/b", nodeKey("node-1")]);
  });

  it("that a new session does not list are missing, not gone", () => {
    const cache = aCache();
    cache.onEvent({ type: "listed", listing: { revision: 20n, stored: [] } }, 0);
    assert.deepEqual([cache.hostPorts.at(6379), cache.hostPorts.due()], [[owner], [key]]);
  });

  it("are those of before when a record cannot be read, which is told", () => {
    const cache = aCache();
    cache.onEvent({ type: "changed", revision: 11n, changes: [{ type: "put", stored: record("{}") }] }, 0);
    assert.deepEqual(cache.hostPorts.at(6379), [owner]);
    assert.deepEqual([...cache.unreadable.keys()], [key]);
  });

  it("are known to the next agent by the snapshot, and one without any is read", () => {
    const cache = aCache();
    cache.onEvent(deleted(15n, key), 0);
    const written = JSON.parse(JSON.stringify(cache.snapshot())) as Record<string, unknown>;
    const next = new RegistryCache({ snapshot: cacheSnapshotSchema.parse(written) });
    assert.deepEqual(next.hostPorts.at(6379), [owner]);
    delete written["hostPorts"];
    assert.deepEqual(new RegistryCache({ snapshot: cacheSnapshotSchema.parse(written) }).hostPorts.at(6379), []);
  });

  it("of another node are let go of, and all of them away from the node's network", () => {
    const cache = aCache();
    cache.keepHostPortsWithin("hostports/node-1/");
    assert.deepEqual(cache.hostPorts.at(6379), [owner]);
    cache.keepHostPortsWithin(undefined);
    assert.deepEqual(cache.hostPorts.at(6379), []);
  });

  it("are told of once for each change", () => {
    const cache = aCache();
    let told = 0;
    cache.on("host-ports", () => (told += 1));
    cache.onEvent(given(12n).service("shop", "db").endpoint().changed(), 0);
    cache.onEvent(deleted(15n, key), 0);
    assert.equal(told, 0);
    answer(cache, synced);
    assert.equal(told, 1);
  });
});
