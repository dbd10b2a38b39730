import assert from "node:assert/strict";
import { readLabels } from "../../src/labels/read-labels.ts";
import { listenerLinesOf } from "../../src/labels/listener-settings.ts";
import { readCheck } from "../../src/labels/check.ts";
import { serverLineOf } from "../../src/labels/server-settings.ts";

describe("CHECK", () => {
  const read = (CHECK: string) => {
    const { settings, rejections } = readLabels({
      "aliyun.proxy.required": "true",
      "aliyun.proxy.TCP_PORTS": "6379",
      "aliyun.proxy.CHECK": CHECK,
    });
    return [settings["CHECK"], ...rejections.map(({ reason }) => reason)];
  };
  const names =
    "tcp, redis, redis-primary, redis-replica, ssl, mysql, smtp, postgres, postgres-primary, postgres-replica, http:/path";

  for (const [text, accepted] of [
    ["redis", "redis"],
    [" Redis-Primary ", "redis-primary"],
    ["http:/Health?a=b", "http:/Health?a=b"],
    ["HTTP:/", "http:/"],
  ] as const)
    it(`reads ${text}`, () => assert.deepEqual(read(text), [accepted]));

  for (const text of [
    "",
    "redis primary",
    "redis-master",
    "http",
    "http:health",
    'http:/"',
    "http:/a b",
    "http:/$(x)",
  ]) {
    it(`that is "${text}" has its container served nowhere`, () => {
      const reason = `aliyun.proxy.CHECK: its container is not served: it is none of ${names}`;
      const [accepted, ...reasons] = read(text);
      assert.deepEqual([accepted, reasons.length], ["not valid", 1]);
      assert.ok(reason.endsWith(reasons[0] ?? "?"), reasons[0]);
      const { refusal } = serverLineOf({ CHECK: accepted ?? "" }, { check: ["check"], route: [] });
      assert.deepEqual(refusal, { code: "setting-not-valid", reason: `CHECK: it is none of ${names}` });
    });
  }

  it("comes before a probe, an option and what an extra line says, but not before what an operator set", () => {
    const others = { "probe.url": "http://container/", OPTION: "redis-check", EXTRA_SETTINGS: "option smtpchk" };
    const { lines, problems } = listenerLinesOf({ ...others, CHECK: "redis" });
    assert.deepEqual(
      lines.map(({ setting, check }) => [setting, check?.name]),
      [["CHECK", "redis"]],
    );
    const why = "has no effect on how servers are checked: CHECK decides that";
    assert.deepEqual(problems, [`OPTION ${why}`, `EXTRA_SETTINGS ${why}`]);
    const byOperator = listenerLinesOf({ ...others, CHECK: "redis" }, ["OPTION"]);
    assert.deepEqual(
      byOperator.lines.map(({ text }) => text),
      ["option redis-check"],
    );
  });

  const line = (
    CHECK: string,
    settings: Readonly<Record<string, string>> = {},
    check: readonly string[] = ["check"],
  ) => {
    const reading = readCheck(CHECK);
    assert.ok(reading.ok);
    return serverLineOf(settings, { check, route: [], listenerCheck: reading.check });
  };

  it("has servers checked at the proxy's pace, and tells of a check that they ask for otherwise", () => {
    const { words, problems } = line("redis", { HEALTH_CHECK: "check inter 9s" }, [
      "check",
      "inter",
      "7s",
      "port",
      "9",
    ]);
    assert.deepEqual(words, ["check", "inter", "7s"]);
    assert.deepEqual(problems, ["HEALTH_CHECK has no effect: CHECK redis holds for every server of its listener"]);
    assert.deepEqual(line("ssl", {}, []).words, "check inter 2s rise 2 fall 3 check-ssl verify none".split(" "));
  });

  it("asks for a role often, whatever the proxy's pace is", () => {
    const words = "check inter 300ms fastinter 100ms rise 1 fall 2".split(" ");
    assert.deepEqual(line("redis-primary", {}, ["check", "inter", "7s"]).words, words);
  });
});
