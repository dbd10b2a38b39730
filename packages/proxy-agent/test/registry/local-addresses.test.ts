import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { LocalAddresses } from "../../src/registry/local-addresses.ts";
import { eventually } from "../real/kit/client.ts";

describe("watching the own addresses", () => {
  let stop: AbortController;
  let addresses: string;
  let looks: number;
  let changes: number;
  let watch: LocalAddresses;

  beforeEach(() => {
    [stop, addresses, looks, changes] = [new AbortController(), "a", 0, 0];
    const read = () => {
      looks += 1;
      return addresses;
    };
    watch = new LocalAddresses({ onChange: () => (changes += 1), read, lookEveryMs: 5, signal: stop.signal });
    looks = 0;
  });

  afterEach(() => stop.abort());

  const note = () => {
    watch.note();
    looks -= 1;
  };
  const look = (times: number) => {
    const before = looks;
    return eventually("it looks", () => looks >= before + times);
  };

  it("tells nothing while they stay", async () => {
    await look(5);
    assert.equal(changes, 0);
  });

  it("tells at each look until they are noted, and once more", async () => {
    addresses = "a b";
    await look(3);
    assert.equal(changes, looks);
    const before = changes;
    note();
    await look(3);
    assert.equal(changes, before + 1);
  });

  it("tells of one that came, was noted, and left before the next look", async () => {
    addresses = "a b";
    note();
    addresses = "a";
    await look(2);
    assert.equal(changes, looks);
  });
});
