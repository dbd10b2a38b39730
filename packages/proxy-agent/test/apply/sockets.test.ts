import assert from "node:assert/strict";
import { parseProcNetTcp } from "../../src/apply/listening-sockets.ts";

describe("/proc/net/tcp", () => {
  const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

  it("tells the listening sockets", () => {
    const text = [
      header,
      "   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31337 1 0000 100 0 0 10 0",
      "   1: 0100007F:18EB 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 31338 1 0000 20 4 30 10 -1",
      "   2: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000 100 0 0 10 0",
      "",
    ].join("\n");
    assert.deepEqual(parseProcNetTcp(text), [
      { port: 6379, inode: "31337" },
      { port: 80, inode: "4711" },
    ]);
  });

  it("may be empty", () => assert.deepEqual(parseProcNetTcp(header), []));
});
