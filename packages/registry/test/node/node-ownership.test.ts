import assert from "node:assert/strict";
import { type Ownership, type OwnershipFacts, decideOwnership } from "../../src/node/node-ownership.ts";
import { nodeRecordValue, type OwnNode } from "../../src/node/own-node.ts";
import type { Stored } from "../../src/stored.ts";

const own: OwnNode = { node: "n1", address: "198.18.0.11", zone: "", version: "1", engineId: "E1", bootId: "B1" };

function record(facts: {
  engineId?: string;
  bootId?: string;
  session?: string;
  modRevision?: bigint;
  lease?: string | undefined;
}): Stored {
  const { engineId = "E1", bootId = "B1", session = "s1", modRevision = 50n } = facts;
  const value = nodeRecordValue({ ...own, engineId, bootId }, { lease: "00ab", session }, true);
  const lease = "lease" in facts ? facts.lease : "00ab";
  return { key: "nodes/n1", value, createRevision: 1n, modRevision, lease };
}

const take = (readAt: bigint, formerLease?: string): Ownership => ({ type: "take", readAt, formerLease });

describe("the ownership of a node record", () => {
  const doubt = { type: "doubt", lease: "00ab", take: take(50n, "00ab") };
  const rows: readonly (readonly [string, Partial<OwnershipFacts>, object | RegExp])[] = [
    ["takes a name that nobody has", { stored: undefined }, take(0n)],
    ["takes over from a registrar of its engine", { stored: record({}) }, take(50n, "00ab")],
    ["takes a record that stands under no lease", { stored: record({ engineId: "E2", lease: undefined }) }, take(50n)],
    ["waits for another engine, naming both", { stored: record({ engineId: "E2" }) }, /engine E2, ours is E1/],
    [
      "waits for another engine after a session of its own",
      { stored: record({ engineId: "E2" }), lastTakenAt: 90n },
      /E2/,
    ],
    ["waits for a record that it cannot read", { stored: { ...record({}), value: '{"v":2}' } }, /cannot read.*v=2/],
    ["waits for the registrar that overtook it", { stored: record({}), lastTakenAt: 40n }, /another registrar/],
    [
      "goes on after a session of its own",
      { stored: record({}), lastTakenAt: 40n, ownSessions: new Set(["s1"]) },
      take(50n, "00ab"),
    ],
    [
      "doubts a record of another boot: it is that of our machine before it booted, or a clone's",
      { stored: record({ bootId: "B2" }) },
      doubt,
    ],
    ["takes over where the kernel tells no boot id", { stored: record({ bootId: "" }) }, take(50n, "00ab")],
    [
      "takes a record of a restored backup, older than its own",
      { stored: record({}), lastTakenAt: 60n },
      take(50n, "00ab"),
    ],
  ];
  for (const [name, facts, expected] of rows) {
    it(name, () => {
      const ownership = decideOwnership({ own, stored: undefined, ownSessions: new Set(), lastTakenAt: 0n, ...facts });
      const sentence = "sentence" in ownership ? ownership.sentence : undefined;
      if (expected instanceof RegExp) return assert.match(sentence ?? "", expected);
      assert.deepEqual({ ...ownership, sentence: undefined }, { ...expected, sentence: undefined });
    });
  }
});
