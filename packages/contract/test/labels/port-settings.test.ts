import assert from "node:assert/strict";
import { labelTable, readLabels, settingsAt, settingNames } from "@fairway/contract";
import { readOperatorSettings } from "../../src/labels/operator-settings.ts";

const opted = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "6379, 8001:80" };

describe("a setting for one of several ports", () => {
  for (const [labels, settings, told] of [
    [{ "aliyun.proxy.WEIGHT": "5", "aliyun.proxy.WEIGHT.6379": "9" }, { WEIGHT: "5", "WEIGHT.6379": "9" }, []],
    [{ "fairway.idle.8001": "10m" }, { "IDLE.8001": "10m" }, []],
    [{ "aliyun.proxy.health-check.6379": "check inter 1s" }, { "HEALTH_CHECK.6379": "check inter 1s" }, []],
    [
      { "aliyun.proxy.RATE.6379": "20/s", "fairway.rate.6379": "30/s" },
      { "RATE.6379": "30/s per source" },
      ["label-twice aliyun.proxy.RATE.6379: it is not read: fairway.rate.6379 is the same label, and counts"],
    ],
    [
      { "aliyun.proxy.WEIGHT.80": "5" },
      {},
      ["setting-without-port aliyun.proxy.WEIGHT.80: it has no effect: the container asks for no front port 80"],
    ],
    [
      { "aliyun.proxy.WEIGHT.06379": "5", "aliyun.proxy.WEIGHT.": "5" },
      {},
      [
        'not-a-port aliyun.proxy.WEIGHT.: it has no effect: behind the dot "" is not a port (1–65535)',
        "not-a-port aliyun.proxy.WEIGHT.06379: it has no effect: behind the dot 06379 is not a port (1–65535, without a zero before it)",
      ],
    ],
    [
      { "aliyun.proxy.WEIGHT.6379": "999" },
      {},
      [/^setting-not-valid aliyun\.proxy\.WEIGHT\.6379: it has no effect: .* from 1 to 256$/],
    ],
    [{ "aliyun.proxy.SHARE.6379": "x" }, {}, [/^label-unknown aliyun\.proxy\.SHARE\.6379: /]],
  ] as const) {
    it(`reads ${JSON.stringify(labels)}`, () => {
      const read = readLabels({ ...opted, ...labels });
      assert.deepEqual(read.settings, settings);
      const lines = read.rejections.map(({ code, label, reason }) => `${code} ${label ?? ""}: ${reason}`);
      assert.equal(lines.length, told.length, lines.join("\n"));
      told.forEach((each, at) =>
        typeof each === "string" ? assert.equal(lines[at], each) : assert.match(lines[at] ?? "", each),
      );
    });
  }

  for (const [label, value, severity] of [
    ["aliyun.proxy.ALLOW.80", "192.0.2.1", "refused"],
    ["aliyun.proxy.ALLOW.06379", "192.0.2.1", "refused"],
    ["fairway.deny.80", "192.0.2.1", "refused"],
    ["aliyun.proxy.SERVER_TLS.80", "verify", "refused"],
    ["aliyun.proxy.WEIGHT.80", "5", "hint"],
  ] as const) {
    it(`is told as ${severity} where it holds at no port: ${label}`, () => {
      const { settings, rejections } = readLabels({ ...opted, [label]: value });
      assert.deepEqual([settings, rejections.map((each) => each.severity)], [{}, [severity]]);
    });
  }

  it("may be each that a service has, the names on a port, and no other label", () => {
    const rows = labelTable.filter(({ isPerPort }) => isPerPort).map(({ name }) => name.slice("aliyun.proxy.".length));
    assert.deepEqual(new Set(rows), new Set([...settingNames, "SNI"]));
  });

  it("may be an operator's", () => {
    assert.deepEqual(readOperatorSettings({ "deny.6379": "203.0.113.9", "deny.x": "203.0.113.9" }), {
      settings: { "DENY.6379": "203.0.113.9" },
      problems: ["DENY.X: what follows its dot is not a port (1–65535)"],
    });
  });

  for (const [port, settings] of [
    [6379, { WEIGHT: "9", IDLE: "1m" }],
    [6380, { WEIGHT: "5", IDLE: "1m", RATE: "1/s per source" }],
    [80, { WEIGHT: "5", IDLE: "1m" }],
  ] as const) {
    it(`holds behind its port alone: at ${port}`, () => {
      const all = { WEIGHT: "5", "WEIGHT.6379": "9", IDLE: "1m", "RATE.6380": "1/s per source" };
      assert.deepEqual(settingsAt(all, port), settings);
    });
  }
});
