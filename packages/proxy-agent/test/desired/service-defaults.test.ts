import assert from "node:assert/strict";
import { exitCode, ProgramExit } from "@fairway/program";
import { configOf } from "../../src/config/agent-config.ts";
import { settingsOrExit } from "../../src/config/settings.ts";
import { RegistryCache } from "../../src/registry/cache.ts";
import { desiredStateOf, facts } from "../facts.ts";
import { bridge, given, type EndpointFacts } from "../given.ts";

const machine = {
  node: { name: "node-1", found: undefined },
  hasIPv6: false,
  addresses: new Set<string>(),
  socket: "/run/haproxy.sock",
};

/** What a proxy with this environment makes of one endpoint: its listener's lines and lists, and its server's words. */
function served(env: NodeJS.ProcessEnv, settings: NonNullable<EndpointFacts["settings"]> = {}, hints = 0) {
  const { defaults = {}, balance } = configOf(
    settingsOrExit({ ...env, HEALTH_CHECK: "check" }).settings,
    machine,
  ).facts;
  const cache = new RegistryCache();
  cache.onEvent(
    given()
      .service("shop", "web")
      .endpoint({ addresses: [bridge("172.17.0.2")], settings })
      .listed(),
    0,
  );
  const state = desiredStateOf(cache, { facts: { ...facts, defaults, balance } });
  const [listener] = state.take()?.desired.listeners ?? [];
  const { lines = [], lists = [] } = listener?.settings ?? {};
  const limits = lists.map((list) => `${list.kind} ${"most" in list ? list.most : list.networks.join(" ")}`);
  const [server] = listener?.servers ?? [];
  assert.equal(state.rejections().length, hints);
  return {
    lines: [...lines.map(({ text }) => text), ...limits],
    words: server?.options.join(" "),
    plain: server?.plain,
  };
}

/** Who says nothing before the header is let go. */
const afterHeader = ["timeout client 10s", "timeout tunnel 1h"];

describe("an environment variable named as a label", () => {
  for (const [env, label, byDefault, byLabel] of [
    [{ ALLOW: "192.0.2.0/24" }, { ALLOW: "192.0.2.1" }, ["allow 192.0.2.0/24"], ["allow 192.0.2.1"]],
    [{ DENY: "192.0.2.9" }, { DENY: "192.0.2.1" }, ["deny 192.0.2.9"], ["deny 192.0.2.1"]],
    [
      { ACCEPT_PROXY: "192.0.2.9" },
      { ACCEPT_PROXY: "none" },
      [...afterHeader, "accept-proxy 192.0.2.9"],
      [...afterHeader, "accept-proxy "],
    ],
    [{ RATE: "20/s per source" }, { RATE: "5/m" }, ["rate 20"], ["rate 5"]],
    [{ CONNECTIONS: "10" }, { CONNECTIONS: "3 per source" }, ["connections 10"], ["connections 3"]],
    [{ IDLE: "10m" }, { IDLE: "1m" }, ["timeout tunnel 10m"], ["timeout tunnel 1m"]],
    [
      { STICKY: "source" },
      { BALANCE: "leastconn" },
      ["balance hash src,ipmask(32,64)", "hash-type consistent"],
      ["balance leastconn"],
    ],
    [{ LOCALITY: "node", BALANCE: "leastconn" }, { BALANCE: "first" }, ["balance roundrobin"], ["balance first"]],
  ] as const) {
    it(`${Object.keys(env)[0]} holds of every service, and a label comes before it`, () => {
      assert.deepEqual(served(env).lines, byDefault);
      assert.deepEqual(served(env, label).lines, byLabel);
      assert.deepEqual(served({}).lines, []);
    });
  }

  for (const [env, label, byDefault, byLabel] of [
    [{ PROXY: "v2" }, { PROXY: "none" }, "check send-proxy-v2 check-send-proxy", "check"],
    [{ WEIGHT: "50" }, { WEIGHT: "7" }, "check weight 50", "check weight 7"],
    [{ FAILOVER: "true" }, { FAILOVER: "false" }, "check backup", "check"],
  ] as const) {
    it(`${Object.keys(env)[0]} holds of every server, and a label comes before it`, () => {
      const usual = served(env);
      assert.deepEqual([usual.words, usual.plain], [byDefault, undefined]);
      assert.equal(served(env, label).words, byLabel);
      assert.equal(served({}).words, "check");
    });
  }

  for (const [env, route, words] of [
    [{ WEIGHT: "10" }, "weight 50", "check weight 50"],
    [{ WEIGHT: "10" }, "maxconn 9", "check maxconn 9 weight 10"],
    [{ WEIGHT: "10" }, "weight many", "check weight 10"],
    [{ PROXY: "v2" }, "send-proxy", "check send-proxy"],
    [{ PROXY: "v1" }, "send-proxy-v2", "check send-proxy-v2"],
    [{ FAILOVER: "true" }, "backup", "check backup"],
  ] as const) {
    it(`${Object.entries(env).flat().join("=")} comes behind nothing of EXTRA_ROUTE_SETTINGS: "${route}" that says the same`, () => {
      assert.equal(served(env, { EXTRA_ROUTE_SETTINGS: route }, route === "weight many" ? 1 : 0).words, words);
    });
  }

  for (const [name, text, allowed] of [
    ["ALLOW", "192.0.2.0/24, shop", "a comma list of addresses and networks, or `none`"],
    ["RATE", "many", "a number and a time, /s or /m, such as `20/s per source`"],
    ["PROXY", "v3", "`v1`, `v2` or `none`"],
    ["STICKY", "source\nbind :1", "`source`"],
  ] as const) {
    it(`${name} that says ${JSON.stringify(text)} stops the program with what is allowed`, () => {
      const said = new ProgramExit(exitCode.setting, [`${name}=${JSON.stringify(text)}: must be ${allowed}`]);
      assert.throws(() => settingsOrExit({ [name]: text }), said);
    });
  }
});
