import assert from "node:assert/strict";
import { readLabels, serverLineOf } from "@fairway/contract";

const optedIn = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "6379" };
const proxy = { check: ["check"], route: ["weight", "9"] };

describe("aliyun.probe", () => {
  for (const [name, text, accepted, said] of [
    ["url", "tcp://container:6379", "tcp://container:6379", undefined],
    ["url", "tcp://container", undefined, "setting-not-valid"],
    ["url", "tcp://container:6379/x", undefined, "setting-not-valid"],
    ["url", "tcp://198.51.100.1:22", undefined, "setting-not-valid"],
    ["url", "tcp://container:65536", undefined, "setting-not-valid"],
    ["url", "http://container/health", "http://container/health", "probe-http-as-tcp"],
    ["url", "http://container:8080/health?a=b", "http://container:8080/health?a=b", "probe-http-as-tcp"],
    ["url", "http://container:8080/a b", undefined, "setting-not-valid"],
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
});
