import assert from "node:assert/strict";
import { isInTheWay, parseProcNetTcp } from "../src/listening-sockets.ts";

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
