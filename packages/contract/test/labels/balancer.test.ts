import assert from "node:assert/strict";
import fc from "fast-check";
import { readBalancerLabel, readLabels } from "../../src/index.ts";

describe("a label of a load balancer", () => {
  for (const [label, value, expected] of [
    [
      "aliyun.lb.port_6379",
      "tcp://proxy_test:6379",
      { port: 6379, balancer: "proxy_test", frontPort: 6379, scheme: "tcp" },
    ],
    ["aliyun.lb.port_80", " http://front:8080 ", { port: 80, balancer: "front", frontPort: 8080, scheme: "http" }],
    ["aliyun.lb.port_443", "https://a:b:443", { port: 443, balancer: "a:b", frontPort: 443, scheme: "https" }],
  ] as const) {
    it(`asks for ${value.trim()} to ${label.slice(-5)}`, () => {
      assert.deepEqual(readBalancerLabel(label, value).balanced, [expected]);
    });
  }

  for (const [scheme, told] of [
    ["tcp", []],
    ["http", [["hint", "http:// is carried as TCP: the load balancer reads nothing of it"]]],
    ["https", [["hint", "https:// is carried as TCP: the load balancer reads nothing of it"]]],
  ] as const) {
    it(`with ${scheme}:// is carried as TCP${told.length > 0 ? ", which is said" : ""}`, () => {
      const { balanced, rejections } = readBalancerLabel("aliyun.lb.port_80", `${scheme}://front:8080`);
      assert.deepEqual(balanced, [{ port: 80, balancer: "front", frontPort: 8080, scheme }]);
      assert.deepEqual(
        rejections.map(({ severity, reason }) => [severity, reason]),
        told,
      );
    });
  }

  it("asks for one port under several names, of which a bad one harms itself alone", () => {
    const list = "tcp://front:80, tcp://back:81,tcp//x, udp://front:82, tcp://back:81,";
    const { balanced, rejections } = readBalancerLabel("aliyun.lb.port_6379", list);
    const asked = (balancer: string, frontPort: number) => ({ port: 6379, balancer, frontPort, scheme: "tcp" });
    assert.deepEqual(balanced, [asked("front", 80), asked("back", 81)]);
    assert.deepEqual(
      rejections.map(({ code }) => code),
      ["balancer-unreadable", "scheme-not-carried"],
    );
  });

  it("that is bad harms itself alone, however many stand beside it", () => {
    const { balanced, rejections } = readLabels({
      "aliyun.lb.port_6379": "tcp://proxy_test:6379",
      "aliyun.lb.port_6380": "tcp//x",
      "aliyun.lb.port_0": "tcp://proxy_test:1",
      "aliyun.lb.port_6381": "tcp://proxy_test:99999",
      "aliyun.lb.port_6382": "tcp://a/b:1",
      "aliyun.lb.port_6383": "tcp://proxy_test:6383\ntcp://x:1",
      "aliyun.lb.port_80": "http://front:80",
    });
    assert.deepEqual(
      balanced.map(({ port, balancer, frontPort }) => `${port} ${balancer}:${frontPort}`),
      ["6379 proxy_test:6379", "80 front:80"],
    );
    assert.deepEqual(
      rejections.map(({ label, code }) => `${label?.slice("aliyun.lb.port_".length)} ${code}`).toSorted(),
      [
        "0 not-a-port",
        "6380 balancer-unreadable",
        "6381 not-a-port",
        "6382 balancer-unreadable",
        "6383 control-character",
        "80 carried-as-tcp",
      ],
    );
  });

  for (const [label, value, code] of [
    ["aliyun.lb.port_6379", "tcp//x", "balancer-unreadable"],
    ["aliyun.lb.port_6379", "proxy_test:6379", "balancer-unreadable"],
    ["aliyun.lb.port_6379", "tcp://proxy_test", "balancer-unreadable"],
    ["aliyun.lb.port_6379", "tcp://:6379", "balancer-unreadable"],
    ["aliyun.lb.port_6379", "tcp://a/b:6379", "balancer-unreadable"],
    ["aliyun.lb.port_6379", "tcp://a*:6379", "balancer-unreadable"],
    ["aliyun.lb.port_6379", "tcp://a\tb:6379", "balancer-unreadable"],
    ["aliyun.lb.port_6379", `tcp://${"a".repeat(256)}:6379`, "balancer-unreadable"],
    ["aliyun.lb.port_6379", "tcp://x:0", "not-a-port"],
    ["aliyun.lb.port_6379", "tcp://x:99999", "not-a-port"],
    ["aliyun.lb.port_6379", "tcp://x:http", "not-a-port"],
    ["aliyun.lb.port_0", "tcp://x:1", "not-a-port"],
    ["aliyun.lb.port_redis", "tcp://x:1", "not-a-port"],
    ["aliyun.lb.port_53", "udp://x:53", "scheme-not-carried"],
    ["aliyun.lb.port_21", "ftp://x:21", "scheme-unknown"],
  ] as const) {
    it(`is refused as ${label}: ${value.slice(0, 30)}`, () => {
      const { balanced, rejections } = readBalancerLabel(label, value);
      assert.deepEqual(balanced, []);
      assert.deepEqual(
        rejections.map((each) => [each.code, each.severity, each.valueLength]),
        [[code, "refused", value.length]],
      );
    });
  }

  it("never tells the value, which may hold what is nobody else's business", () => {
    const secret = "s3cr3t-w0rd";
    const around = fc.constantFrom("", "tcp://", "udp://", `${secret}://`, ":", "/", "://x:", "://x:1");
    fc.assert(
      fc.property(around, around, (before, after) => {
        const told = readBalancerLabel("aliyun.lb.port_1", before + secret + after).rejections;
        assert.ok(!JSON.stringify(told).includes(secret), JSON.stringify(told));
      }),
    );
  });
});
