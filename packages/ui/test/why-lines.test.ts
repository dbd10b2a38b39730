import assert from "node:assert/strict";
import { whyLines } from "../src/page/why-lines.ts";

describe("a line of why in a narrow place", () => {
  const lines: readonly (readonly [string, number, boolean])[] = [
    ["shop_web_1 (aabbccddeeff) on node n1", 0, false],
    ["  refused  aliyun.proxy.TCP_PORTS: 99999 is not a port", 11, true],
    ["  port 80: ready; proxies listen on 8080", 2, false],
    ["    n1/lb  no: port 8080 belongs to project blog", 11, true],
    ["    n1/lb  yes, at 198.51.100.11:32768", 11, false],
    ["    a-node-of-a-long-name/proxy  no: outside of its scope", 6, true],
    ["", 0, false],
  ];
  for (const [line, indent, isBad] of lines) {
    it(`goes on ${indent} characters in, ${isBad ? "and is red" : "and is not red"}: ${line}`, () => {
      assert.deepEqual(whyLines([line]), [{ text: line, indent, isBad }]);
    });
  }
});
