import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { listenerLinesOf, readLabels } from "@fairway/contract";
import { readListenerLine } from "../../src/labels/listener-words.ts";
import { listenerText } from "./listener-text.ts";

const optedIn = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "6379" };
const read = (name: string, text: string) => readLabels({ ...optedIn, [`aliyun.proxy.${name}`]: text });

describe("settings of a listener", () => {
  for (const [name, text, accepted, told = ""] of [
    ["STICKY", " Source ", "source"],
    ["STICKY", "cookie", undefined, "refused setting-not-valid"],
    ["STICKY", "source, source", undefined, "refused setting-not-valid"],
    ["BALANCE", "leastconn", "leastconn"],
    ["balance", " source ", "source"],
    ["BALANCE", "random(2)", "random(2)"],
    ["BALANCE", "static-rr", "roundrobin", "hint setting-adapted"],
    ["BALANCE", "uri", undefined, "refused setting-not-valid"],
    ["BALANCE", "hdr(host)", undefined, "refused setting-not-valid"],
    ["BALANCE", "leastconn, source", undefined, "refused setting-not-valid"],
    ["BALANCE", "", undefined],
    ["TIMEOUT", "client 1h,server  50000 , tunnel 7d", "client 1h, server 50000, tunnel 7d"],
    ["IDLE", "10m", "10m"],
    ["IDLE", "0", undefined, "refused setting-not-valid"],
    ["IDLE", "10m, client 1h", undefined, "refused setting-not-valid"],
    ["TIMEOUT", "client 0", undefined, "refused setting-not-valid"],
    ["TIMEOUT", "client 25d", undefined, "refused setting-not-valid"],
    ["TIMEOUT", "http-request 5s, queue 1m", "queue 1m", "refused setting-not-valid"],
    ["OPTION", "tcplog, redispatch 1, mysql-check user haproxy", "tcplog, redispatch 1, mysql-check user haproxy"],
    ["OPTION", "redispatch", "redispatch"],
    ["OPTION", "httplog", "tcplog", "hint setting-adapted"],
    ["OPTION", "external-check", undefined, "refused setting-not-valid"],
    ["OPTION", "pgsql-check user ${USER}", undefined, "refused setting-not-valid"],
    ["OPTION", "http-server-close, tcpka", "tcpka", "refused setting-not-valid"],
    ["EXTRA_SETTINGS", "maxconn 100, retries 3", "maxconn 100, retries 3"],
    [
      "EXTRA_SETTINGS",
      "stick-table type ip size 100000 expire 30m, stick on src",
      "stick-table type ip size 100000 expire 30m, stick on src",
    ],
    ["EXTRA_SETTINGS", "stick on src", undefined, "refused setting-not-valid"],
    ["EXTRA_SETTINGS", "maxconn 5, stick on src", "maxconn 5", "refused setting-not-valid"],
    ["EXTRA_SETTINGS", "bind :22", undefined, "refused setting-not-valid"],
    ["EXTRA_SETTINGS", "acl a src 10.0.0.0/8\\, 192.0.2.0/24", undefined, "refused setting-not-valid"],
    ["EXTRA_SETTINGS", "errorfile 503 /etc/passwd", undefined, "refused setting-not-valid"],
    ["EXTRA_SETTINGS", "server evil 203.0.113.1:1", undefined, "refused setting-not-valid"],
  ] as const) {
    it(`${name}: "${text}" ${accepted === undefined ? "has no effect" : `stands in the record as "${accepted}"`}`, () => {
      const { settings, rejections } = read(name, text);
      assert.equal(settings[name.toUpperCase()], accepted);
      assert.deepEqual(
        rejections.map(({ code, severity }) => `${severity} ${code}`),
        told === "" ? [] : [told],
      );
    });
  }

  it("say which item is wrong and what is allowed, and repeat nothing of the text", () => {
    const reasonOf = (name: string, text: string) => read(name, text).rejections[0]?.reason ?? "";
    assert.match(reasonOf("OPTION", "tcplog, s3cret"), /^item 2 has no effect: what follows option is not one of ab/);
    assert.match(
      reasonOf("EXTRA_SETTINGS", "s3cret"),
      /^item 1 has no effect: it does not begin with one of balance, /,
    );
    assert.equal(
      reasonOf("EXTRA_SETTINGS", "maxconn s3cret"),
      "item 1 has no effect: maxconn wants a whole number from 1 to 1000000",
    );
  });

  it("are no more than 32 items", () => {
    const many = Array.from({ length: 33 }, () => "tcplog").join(",");
    const { settings, rejections } = read("OPTION", many);
    assert.equal(settings["OPTION"]?.split(",").length, 32);
    assert.deepEqual(
      rejections.map(({ reason }) => reason),
      ["33 items are too many: the first 32 count"],
    );
  });

  it("set each thing once: BALANCE, TIMEOUT and OPTION count before EXTRA_SETTINGS, in a list the last", () => {
    const settings = {
      BALANCE: "leastconn",
      IDLE: "10m",
      TIMEOUT: "client 1h, client 2h, tunnel 3h",
      EXTRA_SETTINGS: "balance source, timeout client 3h, maxconn 10, timeout server 3h",
    };
    assert.deepEqual(
      listenerLinesOf(settings).lines.map(({ text, setting }) => `${setting}: ${text}`),
      [
        "BALANCE: balance leastconn",
        "IDLE: timeout tunnel 10m",
        "TIMEOUT: timeout client 2h",
        "EXTRA_SETTINGS: timeout server 3h",
        "EXTRA_SETTINGS: maxconn 10",
      ],
    );
  });

  it("say STICKY before BALANCE", () => {
    assert.deepEqual(
      listenerLinesOf({ BALANCE: "leastconn", STICKY: "source" }).lines.map(
        ({ text, setting }) => `${setting}: ${text}`,
      ),
      ["STICKY: balance hash src,ipmask(32,64)"],
    );
  });

  it("are read again by the proxies, as a record may be forged", () => {
    const { lines, problems } = listenerLinesOf({ OPTION: "tcplog\n    bind :22", TIMEOUT: "client 1h" });
    assert.deepEqual(
      lines.map(({ text }) => text),
      ["timeout client 1h"],
    );
    assert.deepEqual(problems, ["OPTION has no effect: it has a control character or one outside ASCII"]);
  });

  it("are lines of the table alone, whatever a label says: 10,000 in HAProxy's own words", () => {
    const isPlain = (word: string) => /^[A-Za-z0-9][A-Za-z0-9_.-]*(\([1-9]\))?$/.test(word);
    const firsts = /^(balance|timeout|option|maxconn|fullconn|backlog|retries|rate-limit|stick|stick-table|hash-type) /;
    let accepted = 0;
    const property = fc.property(listenerText, (text) => {
      const reading = readListenerLine(text);
      if (!reading.ok) return assert.match(reading.reason, /^[\x20-\x7e]+$/);
      accepted += 1;
      const words = reading.line.text.split(" ");
      assert.ok(words.every(isPlain), text);
      assert.deepEqual(words, text.match(/[^ ]+/g) ?? []);
      assert.match(reading.line.text, firsts);
      assert.doesNotMatch(reading.line.text, /external|http|\blog \d|lua|file|transparent/);
    });
    fc.assert(property, { numRuns: 10_000 });
    assert.ok(accepted > 1000, `only ${accepted} were accepted`);
  });
});
