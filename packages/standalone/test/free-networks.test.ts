import assert from "node:assert/strict";
import { choose } from "../src/engine/free-networks.ts";

describe("free networks", () => {
  const wanted = ["198.18.0", "198.18.1", "198.18.2"];
  const table: readonly [string, readonly string[], readonly string[]][] = [
    ["come in their order where the machine uses none of them", ["192.0.2.2/24", "127.0.0.0/8"], wanted],
    ["leave out a network of the machine", ["198.18.1.0/24"], ["198.18.0", "198.18.2"]],
    ["leave out that of a single address", ["198.18.0.77"], ["198.18.1", "198.18.2"]],
    ["leave out what a narrower network is a part of", ["198.18.1.128/25"], ["198.18.0", "198.18.2"]],
    ["come last where a wider network holds them", ["198.18.1.9/23"], ["198.18.2", "198.18.0", "198.18.1"]],
    ["may lie behind a VPN that takes every address", ["0.0.0.0/1", "128.0.0.0/1"], wanted],
    [
      "leave out the machine's own address in a wider network",
      ["198.18.0.1/15", "198.18.0.1/32"],
      ["198.18.1", "198.18.2"],
    ],
    ["are none where all are used", wanted.map((each) => `${each}.0/24`), []],
  ];
  for (const [title, used, expected] of table) {
    it(title, () => assert.deepEqual(choose(wanted, used), expected));
  }
});
