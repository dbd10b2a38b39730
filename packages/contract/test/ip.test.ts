import assert from "node:assert/strict";
import { ipKind, isSameIp, overlaps, plainIp } from "../src/index.ts";

describe("an address", () => {
  const rows = [
    ["127.0.0.1", "loopback"],
    ["127.255.0.9", "loopback"],
    ["::1", "loopback"],
    ["0:0:0:0:0:0:0:1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["::ffff:7f00:1", "loopback"],
    ["0.0.0.0", "unspecified"],
    ["0.1.2.3", "unspecified"],
    ["::", "unspecified"],
    ["169.254.169.254", "metadata"],
    ["::ffff:169.254.169.254", "metadata"],
    ["169.254.170.2", "metadata"],
    ["100.100.100.200", "metadata"],
    ["fd00:ec2::254", "metadata"],
    ["169.254.0.7", "link-local"],
    ["fe80::1", "link-local"],
    ["febf::1", "link-local"],
    ["224.0.0.1", "multicast"],
    ["255.255.255.255", "multicast"],
    ["ff02::1", "multicast"],
    ["223.255.255.255", undefined],
    ["10.0.0.1", undefined],
    ["::ffff:10.0.0.1", undefined],
    ["2001:db8::1", undefined],
    ["fd12:3456::1", undefined],
  ] as const;
  for (const [ip, kind] of rows) {
    it(`${ip} is ${kind ?? "the address of one host"}`, () => assert.equal(ipKind(ip), kind));
  }

  it("is the same however it is written", () => {
    assert.equal(plainIp("2001:DB8:0:0::1"), "2001:db8::1");
    assert.equal(plainIp("::ffff:10.0.0.1"), "10.0.0.1");
    assert.equal(plainIp("::ffff:a00:1"), "10.0.0.1");
    assert.equal(plainIp("fe80::1%eth0"), "fe80::1");
    assert.ok(isSameIp("::ffff:10.0.0.1", "10.0.0.1"));
    assert.ok(!isSameIp("10.0.0.1", "10.0.0.2"));
  });
});

describe("a port that a container publishes", () => {
  for (const [owned, address, expected] of [
    ["0.0.0.0", "0.0.0.0", true],
    ["0.0.0.0", "127.0.0.1", true],
    ["0.0.0.0", "::", true],
    ["198.18.0.11", "0.0.0.0", true],
    ["198.18.0.11", "198.18.0.11", true],
    ["198.18.0.11", "198.18.0.12", false],
    ["198.18.0.11", "::", false],
    ["::", "2001:db8::1", true],
    ["2001:db8::1", "::", true],
    ["2001:db8::1", "0.0.0.0", false],
  ] as const) {
    it(`on ${owned} is ${expected ? "" : "not "}touched by a listener on ${address}`, () =>
      assert.equal(overlaps(owned, address), expected));
  }
});
