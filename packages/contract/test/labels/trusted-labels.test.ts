import assert from "node:assert/strict";
import fc from "fast-check";
import { listenerLinesOf, readLabels, serverLineOf } from "@fairway/contract";
import { listenerText } from "./listener-text.ts";
import { anyText } from "../any-text.ts";

const optedIn = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "6379" };
const readAs = (trust: "listed" | "all", name: string, text: string) =>
  readLabels({ ...optedIn, [`aliyun.proxy.${name}`]: text }, { trust });

/** Lines that a listener has by the accepted text of a label, as a proxy reads it that trusts labels as the registrar does. */
function linesBy(name: string, text: string): readonly string[] {
  const { settings } = readAs("all", name, text);
  return listenerLinesOf(settings, [], "all").lines.map((line) => line.text);
}

describe("TRUSTED_LABELS=all", () => {
  for (const [name, text] of [
    ["HEALTH_CHECK", "check ssl verify none ca-file /etc/ssl/ca.pem"],
    ["EXTRA_ROUTE_SETTINGS", "source 192.0.2.1 check-sni db"],
    ["EXTRA_SETTINGS", "tcp-request connection reject if { src 192.0.2.1 }"],
    ["OPTION", "httpchk GET /up"],
    ["BALANCE", "url_param id"],
  ] as const) {
    it(`takes ${name}: "${text}", which is refused otherwise`, () => {
      const [listed, all] = [readAs("listed", name, text), readAs("all", name, text)];
      assert.deepEqual(
        listed.rejections.map(({ code }) => code),
        ["setting-not-valid"],
      );
      assert.deepEqual([listed.settings[name], all.settings[name], all.rejections], [undefined, text, []]);
    });
  }

  it("counts at the proxy as well: one that does not trust labels refuses what stands in a record", () => {
    const settings = { HEALTH_CHECK: "check ssl", EXTRA_SETTINGS: "tcp-request connection reject" };
    const proxy = { check: ["check"], route: [] };
    assert.deepEqual(serverLineOf(settings, { ...proxy, trust: "all" }).words, ["check", "ssl"]);
    assert.deepEqual(serverLineOf(settings, proxy).words, ["check"]);
    assert.equal(listenerLinesOf(settings, [], "all").lines.length, 1);
    assert.equal(listenerLinesOf(settings).lines.length, 0);
  });

  it("keeps commas of an item, and lines of one kind beside each other", () => {
    const text =
      "acl own src 192.0.2.1\\,192.0.2.2, tcp-request connection reject if own, tcp-request connection accept";
    assert.deepEqual(
      new Set(linesBy("EXTRA_SETTINGS", text)),
      new Set([
        "acl own src 192.0.2.1,192.0.2.2",
        "tcp-request connection reject if own",
        "tcp-request connection accept",
      ]),
    );
  });

  it("knows one kind of check, however it is written", () => {
    assert.deepEqual(linesBy("OPTION", "redis-check, httpchk GET /up"), ["option httpchk GET /up"]);
  });

  for (const text of [
    "frontend x",
    "listen x",
    "bind :22",
    "server x 192.0.2.1:80",
    "namespace_list",
    '"bind" :22',
    "b\\ind :22",
    ".if true",
    "retries 3\nbind :22",
    "retries 3\rbind :22",
    "log ring@\u00fc",
    `acl ${"x ".repeat(64)}`,
  ]) {
    it(`still refuses ${JSON.stringify(text.slice(0, 30))}`, () => {
      const { settings, rejections } = readAs("all", "EXTRA_SETTINGS", text);
      assert.equal(settings["EXTRA_SETTINGS"], undefined);
      assert.equal(rejections.length, 1);
      assert.deepEqual(listenerLinesOf({ EXTRA_SETTINGS: text }, [], "all").lines, []);
    });
  }

  it("lets no text of a label add a line, or words that are no text", () => {
    const any = fc.oneof(listenerText, fc.string(), anyText());
    fc.assert(
      fc.property(any, (text) => {
        const lines = [
          ...linesBy("EXTRA_SETTINGS", text),
          ...listenerLinesOf({ EXTRA_SETTINGS: text }, [], "all").lines.map((line) => line.text),
        ];
        const { words } = serverLineOf({ EXTRA_ROUTE_SETTINGS: text }, { check: [], route: [], trust: "all" });
        for (const each of [...lines, ...words]) assert.match(each, /^[\x20-\x7e]*$/);
        for (const line of lines)
          assert.doesNotMatch(line, /^\W*(bind|server|listen|frontend|backend|global|defaults)\b/);
      }),
      { numRuns: 3000 },
    );
  });
});
