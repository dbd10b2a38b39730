import assert from "node:assert/strict";
import { addressesInUse, parseProblems } from "../src/tables/problems.ts";
import { judgeVersion } from "../src/process/binary.ts";

describe("complaints of HAProxy", () => {
  const output = [
    "[NOTICE]   (15955) : haproxy version is 2.6.12-1+deb12u4",
    "[WARNING]  (15955) : config : missing timeouts for proxy 'port_18009'.",
    "   | While not properly invalid",
    "[ALERT]    (15955) : config : parsing [/s/haproxy.cfg:3] : unknown keyword 'bogus' in 'global' section",
    "[ALERT]    (15955) : config : [/s/haproxy.cfg:11] : 'server port_1/a' : unknown keyword 'x'.",
    "[ALERT]    (15955) : config : parsing [/s/haproxy.cfg:2]: Missing LF on last line",
    "[ALERT]    (15955) : config : parsing [/etc/other.cfg:9] : something else",
    "[ALERT]    (15955) : Binding [/s/haproxy.cfg:7] for proxy port_18009: cannot bind socket (Address already in use) for [127.0.0.1:18001]",
    "[ALERT]    (15955) : Binding [/s/haproxy.cfg:8] for proxy port_18009: cannot bind socket (Address already in use) for [[::]:18001]",
    "[ALERT]    (15955) : config : Error(s) found in configuration file : /s/haproxy.cfg",
    "[ALERT]    (15955) : config : Fatal errors found in configuration.",
  ].join("\n");

  it("are read with the lines of the configuration that they name", () => {
    const lines = parseProblems(output, "/s/haproxy.cfg").map(({ line }) => line);
    assert.deepEqual(lines, [3, 11, 2, undefined, 7, 8]);
    assert.equal(
      parseProblems(output, "/s/haproxy.cfg")[0]?.message,
      "parsing [/s/haproxy.cfg:3] : unknown keyword 'bogus' in 'global' section",
    );
  });

  it("tell the addresses that were taken", () => {
    assert.deepEqual(addressesInUse(parseProblems(output, "/s/haproxy.cfg")), ["127.0.0.1:18001", "[::]:18001"]);
  });
});

describe("HAProxy's version", () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/", "2.6.12-1+deb12u4"],
    ["HAProxy version 3.0.11-1 2026/10/17 - https://haproxy.org/", "3.0.11-1"],
    ["HA-Proxy version 2.2.9-2 2021/05/05", undefined],
    ["HAProxy version 2.5.1", undefined],
    ["nginx version: nginx/1.22", undefined],
    ["", undefined],
  ];

  for (const [output, version] of rows) {
    it(`${version === undefined ? "refuses" : "takes"} ${JSON.stringify(output)}`, () => {
      const outcome = judgeVersion("haproxy", output);
      assert.equal(outcome.ok ? outcome.version : undefined, version);
      if (outcome.ok) assert.equal(outcome.hasLua, false);
      if (!outcome.ok) assert.match(outcome.reason, /^HAPROXY_BIN="haproxy": /);
    });
  }

  it("tells whether it runs programs in Lua", () => {
    const features = (list: string) =>
      judgeVersion("haproxy", `HAProxy version 2.6.12\nFeature list : -EPOLL ${list} +NS\n`);
    assert.deepEqual(features("+LUA"), { ok: true, version: "2.6.12", hasLua: true });
    assert.deepEqual(features("-LUA"), { ok: true, version: "2.6.12", hasLua: false });
  });
});
