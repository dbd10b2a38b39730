import assert from "node:assert/strict";
import { claimUses, contested, type Stored } from "@fairway/registry";
import { type Asking, asking } from "./asking.ts";

let revision = 0n;

function stored(key: string, value: string): Stored {
  revision += 1n;
  return { key, value, createRevision: revision, modRevision: revision, lease: undefined };
}

const claim = (key: string) => stored(`claims/${key}`, '{"v":1,"claimedAt":"2026-11-22T08:00:00.000Z","by":"n1"}');
const endpoint = (facts: Asking) => stored(...asking(facts));

function told(records: readonly Stored[]) {
  return claimUses(records).map(({ claim: { project, service, port }, age, endpoints }) => {
    return `${port} ${project}${service === undefined ? "" : `/${service}`} ${age === undefined ? "unclaimed" : "claimed"} ${endpoints}`;
  });
}

function refused(records: readonly Stored[]) {
  return contested(claimUses(records)).map(({ owner, others }) => {
    const rivals = others.map(({ claim: { project }, isShared }) => `${project}${isShared ? " shared" : ""}`);
    return `${owner.claim.project}: ${rivals.join()}`;
  });
}

describe("the use of claims", () => {
  it("is told by port, the oldest claim first, what is not claimed last", () => {
    const records = [
      claim("lb/shop/db/443"),
      claim("*/z/6379"),
      claim("*/a/6379"),
      endpoint({ project: "b", container: 1 }),
      endpoint({ project: "z", container: 2 }),
      endpoint({ project: "z", container: 3, service: "other", ports: [80, 6379] }),
    ];
    assert.deepEqual(told(records), [
      "80 z unclaimed 1",
      "6379 z claimed 2",
      "6379 a claimed 0",
      "6379 b unclaimed 1",
      "443 shop/db claimed 0",
    ]);
  });

  it("of a registry without claims goes by the oldest container", () => {
    const records = [
      endpoint({ project: "young", container: 1, createdAt: "2026-11-22T09:00:00.000Z" }),
      endpoint({ project: "old", container: 2, createdAt: "2026-11-22T07:00:00.000Z" }),
      endpoint({ project: "alone", container: 3, ports: [80] }),
    ];
    assert.deepEqual(refused(records), ["old: young"]);
  });

  it("is refused to all but the owner and those that it shares with", () => {
    const [key, value] = asking({ project: "shop" });
    const shared = value.replace('"settings":{}', '"settings":{"SHARE":"green"}');
    const records = [claim("*/shop/6379"), claim("*/green/6379"), claim("*/evil/6379"), stored(key, shared)];
    assert.deepEqual(refused(records), ["shop: green shared,evil"]);
  });

  it("passes over what is no claim and what cannot be read", () => {
    assert.deepEqual(told([stored("claims/*/shop/0", "{}"), stored(asking()[0], "{}")]), []);
    assert.deepEqual(told([stored("claims/*/shop/80", "not JSON")]), ["80 shop claimed 0"]);
  });
});
