import assert from "node:assert/strict";
import { agentSettings, readLabels, readSettings } from "@fairway/contract";
import { builtInTemplate, render } from "@fairway/haproxy";
import { renderOptions } from "../src/config/line-origins.ts";
import { sectionsOf } from "../src/config/sections.ts";
import { configOf } from "../src/config/agent-config.ts";
import { decide } from "./facts.ts";
import { bridge, given } from "./given.ts";

type Texts = Readonly<Record<string, string>>;

const machine = {
  node: { name: "node-1", found: undefined },
  hasIPv6: false,
  addresses: new Set<string>(),
  socket: "/var/lib/fairway/haproxy.sock",
};
const optedIn = { "aliyun.proxy.required": "true", "aliyun.proxy.TCP_PORTS": "6379" };

/** The lines of haproxy.cfg that a proxy of this environment has for a container of these labels, and all that is told. */
function outcomeOf(env: Texts, labels: Texts) {
  const read = readSettings(agentSettings, { COMPOSE_PROJECT_NAME: "shop", ...env });
  assert.ok(read.ok, read.ok ? "" : read.problems.join("\n"));
  const { facts, proxy } = configOf(read.settings, machine);
  const { sections, notes } = sectionsOf(proxy, () => true);
  const { ports, settings, rejections } = readLabels(labels);
  const records = [...ports].reduce(
    (all, [port, listen]) =>
      all.endpoint({ port, listen: [...listen], settings, addresses: [bridge("172.17.0.3", port)] }),
    given().service("shop", "web"),
  );
  const { listeners, rejections: refused } = decide(records, facts);
  const { text } = render({ sections, listeners }, renderOptions(builtInTemplate()));
  const lines = text.split("\n").map((line) => line.trim().replace(/^server \S+ /, "server "));
  return { lines, told: [...rejections, ...refused].map(({ code }) => code), notes: [...notes, ...read.leftOut] };
}

type Row = readonly [name: string, value: string, has: readonly string[], told?: readonly string[], hasNot?: string];

/** Labels as users of acs/proxy write them: label, value, what stands in haproxy.cfg, what is told, what does not stand. */
const labelRows: readonly Row[] = [
  ["aliyun.proxy.required", "True", [], ["required-not-true"], "listen port_6379"],
  [
    "aliyun.proxy.TCP_PORTS",
    "6379, 8001:80, 0, 7/x",
    ["listen port_6379", "listen port_8001"],
    ["port-out-of-range", "unknown-suffix"],
  ],
  ["aliyun.proxy.TCP_PORTS", "443/ssl", [], ["no-certificate"], "listen port_443"],
  ["aliyun.proxy.TCP_PORTS", "1936", [], ["port-reserved"], "listen port_1936"],
  ["aliyun.proxy.EXCLUDE_PORTS", "6379", [], ["port-excluded"], "listen port_6379"],
  ["aliyun.proxy.HEALTH_CHECK", "check inter 9s", ["server 172.17.0.3:6379 check inter 9s"]],
  [
    "aliyun.proxy.HEALTH_CHECK",
    "check ca-file /etc/passwd",
    ["server 172.17.0.3:6379 check inter 2000 rise 2 fall 3"],
    ["setting-not-valid"],
  ],
  [
    "aliyun.proxy.EXTRA_ROUTE_SETTINGS",
    "send-proxy",
    ["server 172.17.0.3:6379 check inter 2000 rise 2 fall 3 send-proxy"],
  ],
  ["aliyun.proxy.OPTION", "tcplog, redis-check", ["option tcplog", "option redis-check"]],
  ["aliyun.proxy.EXTRA_SETTINGS", "maxconn 9, maxconn 9", ["maxconn 9"]],
  ["aliyun.proxy.BALANCE", "leastconn", ["balance leastconn"]],
  ["aliyun.proxy.BALANCE", "source", ["balance source", "hash-type consistent"]],
  ["aliyun.proxy.TIMEOUT", "client 8h, server 8h", ["timeout client 8h", "timeout server 8h"]],
  [
    "aliyun.proxy.FAILOVER",
    "true",
    ["server 172.17.0.3:6379 check inter 2000 rise 2 fall 3 backup", "option allbackups"],
  ],
  ["aliyun.proxy.WEIGHT", "50", ["server 172.17.0.3:6379 check inter 2000 rise 2 fall 3 weight 50"]],
  ["aliyun.proxy.MAXCONN", "7", ["server 172.17.0.3:6379 check inter 2000 rise 2 fall 3 maxconn 7"]],
  ["aliyun.proxy.CHECK", "redis", ["option tcp-check", "tcp-check send-binary 50494E470D0A"]],
  [
    "aliyun.proxy.CHECK",
    "postgres-primary",
    ["option tcp-check", "tcp-check connect", "tcp-check expect rstring primary$", "stick on int(1)"],
  ],
  ["aliyun.proxy.CHECK", "redis-master", [], ["setting-not-valid", "setting-not-valid"], "listen port_6379"],
  ["aliyun.proxy.SSL_CERT", "pem", ["listen port_6379"], ["key-in-label"]],
  ["aliyun.proxy.DEFAULT_SSL_CERT", "pem", ["listen port_6379"], ["key-in-label"]],
  ["aliyun.proxy.VIRTUAL_HOST", "a.example.com", ["listen port_6379"], ["http-not-built"]],
  ["aliyun.probe.url", "tcp://container:80", ["server 172.17.0.3:6379 check port 80 inter 2s rise 2 fall 3"]],
  ["aliyun.probe.url", "http://container/up", ["option httpchk GET /up"]],
  ["aliyun.probe.timeout_seconds", "5", ["listen port_6379"]],
  ["aliyun.probe.initial_delay_seconds", "9", ["listen port_6379"]],
  ["aliyun.probe.cmd", "redis-cli ping", ["listen port_6379"], ["probe-cmd"]],
  ["aliyun.depends", "db,cache", ["listen port_6379"]],
  ["aliyun.global", "true", ["listen port_6379"]],
  ["affinity:web!=x", "", ["listen port_6379"]],
];

/** The proxy's environment: variable, value, what stands in haproxy.cfg, what is noted, what does not stand. */
const environmentRows: readonly Row[] = [
  ["MODE", "http", ["mode http", "mode tcp", "option httplog"]],
  ["BALANCE", "leastconn", ["balance leastconn"]],
  ["OPTION", "redispatch", ["option redispatch"], [], "option redispatch 1"],
  ["TIMEOUT", "connect 5000,client 50000", ["timeout connect 5000", "timeout client 50000", "timeout server 1h"]],
  ["MAXCONN", "9", ["maxconn 9"]],
  ["HEALTH_CHECK", "", ["server 172.17.0.3:6379"]],
  ["EXTRA_ROUTE_SETTINGS", "weight 5", ["server 172.17.0.3:6379 check inter 2000 rise 2 fall 3 weight 5"]],
  ["EXTRA_GLOBAL_SETTINGS", "tune.bufsize 32768,log rsyslog local0", ["tune.bufsize 32768", "log rsyslog local0"]],
  [
    "EXTRA_DEFAULT_SETTINGS",
    "log global,option httplog",
    ["option tcplog"],
    ["EXTRA_DEFAULT_SETTINGS"],
    "option httplog",
  ],
  ["EXTRA_DEFAULT_SETTINGS", "http-reuse a\\,b", ["http-reuse a,b"]],
  ["EXTRA_BIND_SETTINGS", "6379:name a\\,b, nonsense", ["bind 0.0.0.0:6379 name a,b"], ["EXTRA_BIND_SETTINGS"]],
  ["RSYSLOG_DESTINATION", "192.0.2.9", ["log 192.0.2.9 local0"]],
  ["STATS_PORT", "9000", ["bind 127.0.0.1:9000"]],
  ["STATS_AUTH", "me:pw", ["bind 0.0.0.0:1936", "user me insecure-password pw"]],
  ["MONITOR_PORT", "9000", ["bind 0.0.0.0:9000", "monitor-uri /up"]],
  ["ADDITIONAL_BACKEND_<NAME>", "mode http,balance uri", ["backend <NAME>", "balance uri"]],
  ["SSL_BIND_OPTIONS", "ssl-min-ver TLSv1.3", ["ssl-default-bind-options ssl-min-ver TLSv1.3"]],
  ["SSL_BIND_CIPHERS", "HIGH", ["ssl-default-bind-ciphers HIGH"]],
  ["RELOAD_TIMEOUT", "30", ["hard-stop-after 30s"]],
];

function assertLines(lines: readonly string[], has: readonly string[], hasNot?: string): void {
  for (const line of has) assert.ok(lines.includes(line), `${line} is not in\n${lines.join("\n")}`);
  assert.ok(hasNot === undefined || !lines.includes(hasNot), hasNot);
}

describe("what users of acs/proxy write", () => {
  for (const [name, value, has, told = [], hasNot] of labelRows) {
    it(`label ${name}: ${JSON.stringify(value)}`, () => {
      const outcome = outcomeOf({}, { ...optedIn, [name]: value });
      assertLines(outcome.lines, has, hasNot);
      assert.deepEqual(outcome.told, told);
    });
  }

  for (const [name, value, has, noted = [], hasNot] of environmentRows) {
    it(`environment ${name}=${JSON.stringify(value)}`, () => {
      const rest = name === "MONITOR_PORT" ? { MONITOR_URI: "/up" } : {};
      const { lines, told, notes } = outcomeOf({ [name.replace("<NAME>", "web")]: value, ...rest }, optedIn);
      assertLines(
        lines,
        has.map((line) => line.replace("<NAME>", "web")),
        hasNot,
      );
      assert.deepEqual([told, notes.map((note) => note.split(/[: ]/)[0])], [[], noted]);
    });
  }
});

describe("services of acs/proxy's users on one port", () => {
  const behind = (container: string, last: number) => ({ container, addresses: [bridge(`172.17.0.${last}`)] });

  it("of one project share one listener, as the seed's redis-master and redis-slave", () => {
    const records = given().service("shop", "redis-master").endpoint(behind("a", 2));
    const { listeners, rejections } = decide(records.service("shop", "redis-slave").endpoint(behind("b", 3)));
    assert.deepEqual(listeners[0]?.services, ["shop/redis-master", "shop/redis-slave"]);
    assert.deepEqual([listeners.length, listeners[0]?.servers.length, rejections], [1, 2, []]);
  });

  it("of two projects are the older one's, unless SHARED_PORTS lets both in", () => {
    const records = () =>
      given().service("shop", "db").endpoint(behind("a", 2)).service("bank", "db").endpoint(behind("b", 3));
    const apart = decide(records());
    assert.deepEqual(
      apart.rejections.map(({ code }) => code),
      ["port-owned"],
    );
    const ownership = { balancer: "*", project: undefined, scope: ["endpoints/"], owners: [] };
    const shared = decide(records(), { ownership: { ...ownership, shared: [{ first: 1, last: 65_535 }] } });
    assert.deepEqual([shared.listeners[0]?.servers.length, shared.rejections], [2, []]);
  });

  it("as TLS and plain are one of the two, and the other is told", () => {
    const tls = { ok: true, bind: ["ssl"] } as const;
    const records = given()
      .service("shop", "a")
      .endpoint({ ...behind("a", 2), listen: [{ port: 6379, ssl: false }] });
    const both = records.service("shop", "b").endpoint({ ...behind("b", 3), listen: [{ port: 6379, ssl: true }] });
    const { listeners, rejections } = decide(both, { tls });
    assert.deepEqual([listeners[0]?.ssl, listeners[0]?.servers.length], [false, 1]);
    assert.deepEqual(
      rejections.map(({ code }) => code),
      ["tls-differs"],
    );
  });
});
