import assert from "node:assert/strict";
import { localIPv4, localIPv6, ownAddresses } from "../src/own-addresses.ts";

const fibTrie = `Local:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        +-- 127.0.0.0/31 1 0 0
           |-- 127.0.0.0
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
     |-- 198.19.64.0
        /18 host LOCAL
     |-- 198.19.100.1
        /32 link UNICAST
        /32 host LOCAL
     |-- 198.19.100.255
        /32 link BROADCAST
`;

describe("a machine's own addresses", () => {
  it("are those that the kernel takes for its own, also without a carrier", () => {
    assert.deepEqual(localIPv4(fibTrie), ["127.0.0.1", "198.19.100.1"]);
    const lines =
      "fe80000000000000021122fffe334455 02 40 20 80     eth0\n00000000000000000000000000000001 01 80 10 80       lo\n";
    assert.deepEqual(localIPv6(lines), [
      "fe80:0000:0000:0000:0211:22ff:fe33:4455",
      "0000:0000:0000:0000:0000:0000:0000:0001",
    ]);
  });

  it("are read", () => assert.ok(ownAddresses()?.has("127.0.0.1")));
});
