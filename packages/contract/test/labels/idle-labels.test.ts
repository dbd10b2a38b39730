import assert from "node:assert/strict";
import { cleanLabels } from "../../src/labels/clean-labels.ts";
import { rejectIdle } from "../../src/labels/read-labels.ts";

describe("labels without effect", () => {
  const rows: readonly (readonly [string, string, string?])[] = [
    ["aliyun.proxy.VIRTUAL_HOST", "http://a.example.com", "refused http-not-built"],
    ["aliyun.proxy.virtual_host", "http://a.example.com", "refused http-not-built"],
    ["aliyun.proxy.FORCE_SSL", "true", "refused http-not-built"],
    ["aliyun.proxy.BALANCE", "leastconn"],
    ["aliyun.proxy.CHECK", "redis"],
    ["aliyun.proxy.SSL_CERT", "-----BEGIN PRIVATE KEY-----", "refused key-in-label"],
    ["fairway.default_ssl_cert", "-----BEGIN PRIVATE KEY-----", "refused key-in-label"],
    ["aliyun.proxy.health_check", "check"],
    ["aliyun.proxy.WEIGHT", "50"],
    ["aliyun.proxy.TCP_PORT", "6379", "hint label-unknown"],
    ["aliyun.proxy.Required", "true"],
    ["aliyun.proxy.require-d", "true", "hint label-unknown"],
    ["aliyun.proxy.", "", "hint label-unknown"],
    ["aliyun.lb.port_6379", "tcp://proxy_test:6379"],
    ["aliyun.probe.url", "tcp://container:6379"],
    ["aliyun.probe.url_path", "/", "hint label-unknown"],
    ["aliyun.lb.prot_6379", "tcp://proxy_test:6379", "hint label-unknown"],
    ["aliyun.routing.port_80", "http://shop", "refused http-not-built"],
    ["aliyun.log_store_web", "stdout"],
    ["aliyun.rolling_updates", "true"],
    ["aliyun.depends", "a,b"],
    ["aliyun.global", "true"],
    ["aliyun.custom_addon", "proxy"],
    ["aliyun.proxy.required", "true"],
    ["aliyun.proxy.TCP_PORTS", "6379"],
    ["aliyun.proxy.EXCLUDE_PORTS", "80"],
    ["affinity:service!=db", ""],
    ["com.example", "x"],
  ];
  for (const [label, meant] of [
    ["aliyun.proxy.TCP_PORT", "aliyun.proxy.TCP_PORTS"],
    ["aliyun.proxy.tcp-port", "aliyun.proxy.TCP_PORTS"],
    ["aliyun.probe.timeout_second", "aliyun.probe.timeout_seconds"],
    ["fairway.tcp-port", "aliyun.proxy.TCP_PORTS"],
    ["aliyun.proxy.Exclude_Port", "aliyun.proxy.EXCLUDE_PORTS"],
    ["aliyun.proxy.require-d", "aliyun.proxy.required"],
    ["aliyun.proxy.requird", "aliyun.proxy.required"],
    ["aliyun.proxy.requried", "aliyun.proxy.required"],
    ["aliyun.proxy.TCP_PROTS", "aliyun.proxy.TCP_PORTS"],
    ["aliyun.proxy.EXLUDE_PORTS", "aliyun.proxy.EXCLUDE_PORTS"],
    ["aliyun.proxy.PORTS", undefined],
    ["aliyun.proxy.UDP_PORTS", undefined],
    ["aliyun.proxy.WEIGHTS", "aliyun.proxy.WEIGHT"],
    ["aliyun.proxy.", undefined],
    ["aliyun.lb_port_6379", "aliyun.lb.port_6379"],
    ["aliyun.lb.prot_6379", "aliyun.lb.port_6379"],
    ["aliyun.lb", "aliyun.lb.port_<container port>"],
    ["aliyun.custom-addons", "aliyun.custom_addon"],
    ["aliyun.poxy.required", "aliyun.proxy.required"],
    ["aliyun.scale", undefined],
  ] as const) {
    it(`${label}: ${meant ?? "nothing"} is meant`, () => {
      const [rejection] = rejectIdle(cleanLabels({ [label]: "80" }).labels);
      assert.equal(/did you mean (.*)\?$/.exec(rejection?.reason ?? "")?.[1], meant);
    });
  }

  it("with a private key say where it belongs, and nothing of it", () => {
    const secret = "s3cretKeyMaterial";
    const [rejection] = rejectIdle(cleanLabels({ "aliyun.proxy.SSL_CERT": secret }).labels);
    assert.match(rejection?.reason ?? "", /put it into a file of the proxy's CERT_FOLDER$/);
    assert.ok(!JSON.stringify(rejection).includes(secret));
  });

  for (const [label, value, said] of rows) {
    it(`${label}: ${said ?? "nothing is said"}`, () => {
      const rejections = rejectIdle(cleanLabels({ [label]: value }).labels);
      assert.deepEqual(
        rejections.map(({ severity, code }) => `${severity} ${code}`),
        said === undefined ? [] : [said],
      );
    });
  }
});
