import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { readLabels } from "@fairway/contract";
import { readServerWords } from "../../src/labels/server-words.ts";
import { haproxyText } from "./haproxy-text.ts";

const optedIn = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "6379" };

describe("settings of a server", () => {
  for (const [name, text, accepted] of [
    ["WEIGHT", "50", "50"],
    ["weight", " 256 ", "256"],
    ["WEIGHT", "0", undefined],
    ["WEIGHT", "257", undefined],
    ["WEIGHT", "5 backup", undefined],
    ["MAXCONN", "1000", "1000"],
    ["MAXCONN", "-1", undefined],
    ["FAILOVER", "True", "True"],
    ["FAILOVER", "yes", undefined],
    ["PROXY", "v2", "v2"],
    ["proxy", " V1 ", "V1"],
    ["PROXY", "on", undefined],
    ["SLOW_START", "30s", "30s"],
    ["SLOW_START", "0", "0"],
    ["SLOW_START", "soon", undefined],
    ["DRAIN", "10m", "10m"],
    ["DRAIN", "-1", undefined],
    ["DRAIN", "1000h", undefined],
    ["HEALTH_CHECK", "", ""],
    ["HEALTH_CHECK", "check inter 2000 rise 2 fall 3", "check inter 2000 rise 2 fall 3"],
    ["HEALTH_CHECK", "check  inter 2s port 8080", "check  inter 2s port 8080"],
    ["HEALTH_CHECK", "check inter 1", undefined],
    ["HEALTH_CHECK", "check inter", undefined],
    ["HEALTH_CHECK", "check inter 9999999h", undefined],
    ["EXTRA_ROUTE_SETTINGS", "send-proxy weight 50", "send-proxy weight 50"],
    ["EXTRA_ROUTE_SETTINGS", "observe layer4 error-limit 5 on-error mark-down", undefined],
    ["EXTRA_ROUTE_SETTINGS", "ca-file /etc/passwd", undefined],
    ["EXTRA_ROUTE_SETTINGS", "weight ${WEIGHT}", undefined],
    ["EXTRA_ROUTE_SETTINGS", 'weight "5"', undefined],
    ["EXTRA_ROUTE_SETTINGS", "weight 5 # the rest", undefined],
    ["EXTRA_ROUTE_SETTINGS", "weight\\ 5", undefined],
    ["EXTRA_ROUTE_SETTINGS", "source 198.51.100.1", undefined],
    ["EXTRA_ROUTE_SETTINGS", "check\u00a0inter 5s", undefined],
  ] as const) {
    it(`${name}: "${text}" ${accepted === undefined ? "is refused" : "stands in the record"}`, () => {
      const { settings, rejections } = readLabels({ ...optedIn, [`aliyun.proxy.${name}`]: text });
      assert.equal(settings[name.toUpperCase()], accepted);
      assert.deepEqual(
        rejections.map(({ code, severity }) => [code, severity]),
        accepted === undefined ? [["setting-not-valid", "refused"]] : [],
      );
    });
  }

  it("say which word is wrong and what is allowed, and repeat nothing of the text", () => {
    const label = "aliyun.proxy.EXTRA_ROUTE_SETTINGS";
    const reasonOf = (text: string) => readLabels({ ...optedIn, [label]: text }).rejections[0]?.reason ?? "";
    assert.match(reasonOf("check agent-send s3cret"), /^it has no effect: word 2 is not one of backup, check, /);
    assert.equal(
      reasonOf("check inter s3cret"),
      "it has no effect: word 2, inter, wants a time from 100 to 86400000 ms, with the unit ms, s, m, h or d",
    );
  });

  it("are words of the table alone, whatever a label says: 10,000 in HAProxy's own words", () => {
    const isPlain = (word: string) => /^[a-z0-9][a-z0-9-]*$/.test(word);
    let accepted = 0;
    const property = fc.property(haproxyText, (text) => {
      const read = readServerWords(text);
      if (!read.ok) return assert.match(read.reason, /^[\x20-\x7e]+$/);
      accepted += 1;
      assert.ok(read.words.every(isPlain), text);
      assert.deepEqual(read.words, text.match(/[^ ]+/g) ?? []);
      assert.ok(!read.words.some((word) => /^(source|track|crt|ca-file|agent-.*|cookie|init-addr|lua.*)$/.test(word)));
    });
    fc.assert(property, { numRuns: 10_000 });
    assert.ok(accepted > 500, `only ${accepted} were accepted`);
  });
});
