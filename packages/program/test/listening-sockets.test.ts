import assert from "node:assert/strict";
import { isInTheWay, parseProcNetTcp, tcpPeersOf } from "../src/listening-sockets.ts";

describe("/proc/net/tcp", () => {
  const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

  it("tells the listening sockets", () => {
    const text = [
      header,
      "   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31337 1 0000 100 0 0 10 0",
      "   1: 0100007F:18EB 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 31338 1 0000 20 4 30 10 -1",
      "   2: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000 100 0 0 10 0",
      "   3: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000 100 0 0 10 0",
      "",
    ].join("\n");
    assert.deepEqual(parseProcNetTcp(text), [
      { address: "127.0.0.1", port: 6379, inode: "31337" },
      { address: "::", port: 80, inode: "4711" },
      { address: "2001:0db8:0000:0000:0000:0000:0000:0001", port: 80, inode: "4712" },
    ]);
  });

  it("tells where connections lead that are in the way of an address, and not those of other addresses", () => {
    const line = (local: string, remote: string, state = "01") =>
      `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 31338 1 0000 20 4 30 10 -1`;
    const text = [
      header,
      line("0B0012C6:18EB", "0A0012C6:C350"),
      line("0100007F:18EB", "00000000:0000", "0A"),
      line("0100007F:18EC", "0100007F:C351"),
      line("0100007F:18EB", "0100007F:C352"),
      line("0000000000000000FFFF00000200007F:18EB", "0000000000000000FFFF00000200007F:C353"),
      line("B80D0120000000000000000001000000:18EB", "B80D0120000000000000000002000000:C354"),
    ].join("\n");
    const peersAt = (address: string) => tcpPeersOf(text, { address, port: 6379 });
    assert.deepEqual(peersAt("127.0.0.1"), ["127.0.0.1:50002"]);
    assert.deepEqual(peersAt("127.0.0.2"), ["127.0.0.2:50003"]);
    assert.deepEqual(peersAt("0.0.0.0"), ["198.18.0.10:50000", "127.0.0.1:50002", "127.0.0.2:50003"]);
    assert.deepEqual(peersAt("2001:db8::1"), ["[2001:db8::2]:50004"]);
    assert.deepEqual(peersAt("192.0.2.1"), []);
  });

  it("may be empty", () => assert.deepEqual(parseProcNetTcp(header), []));
});

describe("a listening socket", () => {
  for (const [socket, wanted, expected] of [
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "127.0.0.2", false],
    ["127.0.0.1", "0.0.0.0", true],
    ["0.0.0.0", "127.0.0.1", true],
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1", true],
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "::", true],
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "0.0.0.0", false],
    ["127.0.0.1", "::", false],
    ["::", "127.0.0.1", true],
    ["::", "2001:db8::1", true],
  ] as const) {
    it(`on ${socket} is ${expected ? "" : "not "}in the way of ${wanted}`, () =>
      assert.equal(isInTheWay({ address: socket, port: 80 }, { address: wanted, port: 80 }), expected));
  }

  it("is in nobody's way on another port", () =>
    assert.ok(!isInTheWay({ address: "127.0.0.1", port: 80 }, { address: "127.0.0.1", port: 81 })));
});
