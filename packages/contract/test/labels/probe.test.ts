import assert from "node:assert/strict";
import { checkPortsOf, listenerLinesOf, readLabels, serverLineOf } from "@fairway/contract";

const optedIn = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "6379" };
const proxy = { check: ["check"], route: ["weight", "9"] };

describe("aliyun.probe", () => {
  for (const [name, text, accepted, said] of [
    ["url", "tcp://container:6379", "tcp://container:6379", undefined],
    ["url", "tcp://container", undefined, "setting-not-valid"],
    ["url", "tcp://container:6379/x", undefined, "setting-not-valid"],
    ["url", "tcp://198.51.100.1:22", undefined, "setting-not-valid"],
    ["url", "tcp://container:65536", undefined, "setting-not-valid"],
    ["url", "http://container/health", "http://container/health", undefined],
    ["url", "http://container:8080/health?a=b", "http://container:8080/health?a=b", undefined],
    ["url", "http://container:8080/a b", undefined, "setting-not-valid"],
    ["url", 'http://container:8080/"$A"', undefined, "setting-not-valid"],
    ["url", "http://container:8080/a#b", undefined, "setting-not-valid"],
    ["url", "http://container:8080/a\\b", undefined, "setting-not-valid"],
    ["url", `http://container/${"a".repeat(500)}`, undefined, "setting-not-valid"],
    ["timeout_seconds", "5", "5", undefined],
    ["timeout_seconds", "5s", undefined, "setting-not-valid"],
    ["timeout_seconds", "3601", undefined, "setting-not-valid"],
    ["initial_delay_seconds", "10", undefined, undefined],
    ["initial_delay_seconds", "soon", undefined, "setting-not-valid"],
    ["cmd", "redis-cli ping", undefined, "probe-cmd"],
  ] as const) {
    it(`.${name}: "${text}" ${accepted === undefined ? "is in no record" : "stands in the record"}, ${said ?? "nothing is said"}`, () => {
      const { settings, rejections } = readLabels({ ...optedIn, [`aliyun.probe.${name}`]: text });
      assert.equal(settings[`probe.${name}`], accepted);
      assert.deepEqual(
        rejections.map(({ code }) => code),
        said === undefined ? [] : [said],
      );
    });
  }

  it(".initial_delay_seconds: holds the container back for so long", () => {
    assert.equal(readLabels({ "aliyun.probe.initial_delay_seconds": "10" }).initialDelayMs, 10_000);
    assert.equal(readLabels({ "fairway.probe.initial-delay-seconds": "10" }).initialDelayMs, 10_000);
    assert.equal(readLabels({}).initialDelayMs, 0);
  });

  it(".url: counts for load balancers too, where the container is not opted in", () => {
    const { settings } = readLabels({ "aliyun.lb.port_80": "tcp://lb:80", "aliyun.probe.url": "tcp://container:80" });
    assert.deepEqual(settings, { "probe.url": "tcp://container:80" });
  });

  const url = "tcp://container:8080";
  for (const [settings, reached, words, problems] of [
    [{ "probe.url": url }, undefined, "check port 8080 inter 2s rise 2 fall 3 weight 9", 0],
    [{ "probe.url": url }, { port: 8080, isPublished: false }, "check inter 2s rise 2 fall 3 weight 9", 0],
    [{ "probe.url": url }, { port: 80, isPublished: false }, "check port 8080 inter 2s rise 2 fall 3 weight 9", 0],
    [{ "probe.url": url }, { port: 8080, isPublished: true }, "check inter 2s rise 2 fall 3 weight 9", 0],
    [{ "probe.url": url }, { port: 80, isPublished: true }, "check inter 2s rise 2 fall 3 weight 9", 1],
    [
      { "probe.url": url },
      { port: 80, isPublished: true, checkPorts: { 8080: 32_769 } },
      "check port 32769 inter 2s rise 2 fall 3 weight 9",
      0,
    ],
    [
      { "probe.url": "http://container/up" },
      { port: 80, isPublished: true },
      "check inter 2s rise 2 fall 3 weight 9",
      0,
    ],
    [{ "probe.url": "http://container:8080/up" }, { port: 80, isPublished: true }, "weight 9", 1],
    [
      { "probe.url": "http://container:8080/up", HEALTH_CHECK: "check", EXTRA_ROUTE_SETTINGS: "check inter 9s backup" },
      { port: 80, isPublished: true },
      "weight 9 inter 9s backup",
      1,
    ],
    [
      { "probe.url": "http://container:8080/up" },
      { port: 80, isPublished: true, checkPorts: { 8080: 32_769 } },
      "check port 32769 inter 2s rise 2 fall 3 weight 9",
      0,
    ],
    [{ HEALTH_CHECK: "check port 8080 rise 1" }, { port: 80, isPublished: true }, "check rise 1 weight 9", 1],
    [{ HEALTH_CHECK: "check port 8080" }, { port: 80, isPublished: false }, "check port 8080 weight 9", 0],
    [
      { HEALTH_CHECK: "check port 8080", EXTRA_ROUTE_SETTINGS: "port 81" },
      { port: 80, isPublished: true, checkPorts: { 8080: 32_769, 81: 32_770 } },
      "check port 32769 weight 9 port 32770",
      0,
    ],
    [
      { "probe.url": url, "probe.timeout_seconds": "5", HEALTH_CHECK: "check inter 9s" },
      undefined,
      "check port 8080 inter 5s rise 2 fall 3 weight 9",
      0,
    ],
    [
      { "probe.url": url, "probe.timeout_seconds": "1" },
      undefined,
      "check port 8080 inter 2s rise 2 fall 3 weight 9",
      0,
    ],
    [{ "probe.url": "tcp://x\n", "probe.timeout_seconds": "x" }, undefined, "check weight 9", 1],
    [{ "probe.timeout_seconds": "9" }, undefined, "check weight 9", 0],
  ] as const) {
    it(`gives a server ${JSON.stringify(settings)}${reached ? ` reached by ${JSON.stringify(reached)}` : ""}: ${words}`, () => {
      const line = serverLineOf(settings, { ...proxy, ...(reached && { reached }) });
      assert.deepEqual([line.words.join(" "), line.problems.length], [words, problems]);
    });
  }

  it("says what to do where its port is not published to a proxy that reaches the container so", () => {
    const { problems } = serverLineOf(
      { HEALTH_CHECK: "check port 8080" },
      { ...proxy, reached: { port: 80, isPublished: true } },
    );
    assert.deepEqual(problems, [
      "HEALTH_CHECK: this proxy reaches the container by published ports, and 8080 is none: 80 is checked instead; " +
        "publish 8080, or let the proxy join its network",
    ]);
    const page = { "probe.url": "http://container:8080/up" };
    assert.deepEqual(serverLineOf(page, { ...proxy, reached: { port: 80, isPublished: true } }).problems, [
      "probe.url: this proxy reaches the container by published ports, and 8080 is none: it is served without a check; " +
        "publish 8080, or let the proxy join its network",
    ]);
  });

  it("has no check at another port than HEALTH_CHECK's where OPTION says how that is asked", () => {
    const asked = { HEALTH_CHECK: "check port 8080", OPTION: "tcplog, redis-check", WEIGHT: "5" };
    const reached = { port: 80, isPublished: true };
    const { words, problems } = serverLineOf(asked, { check: ["check"], route: [], reached });
    assert.deepEqual(words, ["weight", "5"]);
    assert.match(problems.join(), /8080 is none: it is served without a check;/);
    assert.deepEqual(serverLineOf({ ...asked, OPTION: "tcplog" }, { check: [], route: [], reached }).words[0], "check");
    const published = { ...reached, checkPorts: { "8080": 32768 } };
    assert.deepEqual(serverLineOf(asked, { check: [], route: [], reached: published }).words.slice(0, 3), [
      "check",
      "port",
      "32768",
    ]);
  });

  it("names every port that checks ask for", () => {
    const settings = { "probe.url": url, HEALTH_CHECK: "check port 81", EXTRA_ROUTE_SETTINGS: "port 82 weight 83" };
    assert.deepEqual(checkPortsOf(settings), [81, 82, 8080]);
    assert.deepEqual(checkPortsOf({ HEALTH_CHECK: "port x", "probe.url": "x" }), []);
  });

  for (const [title, settings, byOperator, text] of [
    ["asks for its page", { "probe.url": "http://container:8080/up?a=1" }, [], "option httpchk GET /up?a=1"],
    ["asks for / without a path", { "probe.url": "http://container" }, [], "option httpchk GET /"],
    [
      "comes before OPTION",
      { "probe.url": "http://container/up", OPTION: "redis-check" },
      [],
      "option httpchk GET /up",
    ],
    [
      "yields to an operator's",
      { "probe.url": "http://container", OPTION: "redis-check" },
      ["OPTION"],
      "option redis-check",
    ],
    ["leaves OPTION over TCP", { "probe.url": "tcp://container:80", OPTION: "redis-check" }, [], "option redis-check"],
    ["is no line that is none of a probe", { "probe.url": "http://container/a\n    bind :22" }, [], ""],
  ] as const) {
    it(`over HTTP ${title}`, () => {
      const { lines } = listenerLinesOf(settings, byOperator);
      assert.equal(lines.map((line) => line.text).join("\n"), text);
    });
  }
});
